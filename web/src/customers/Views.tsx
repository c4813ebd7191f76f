/** Saved views: filters, order and columns under a name, kept for the person. */
import { EyeOutlined } from "@ant-design/icons";
import { App, Button, Dropdown, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Preferences, SavedView } from "./preferences";
import { EVERYBODY, type View } from "./view";

interface Props {
  view: View;
  columns: string[];
  preferences: Preferences;
  keep: (change: Partial<Preferences>) => void;
  onShow: (saved: { view: View; columns?: string[] }) => void;
}

export function Views({ view, columns, preferences, keep, onShow }: Props) {
  const { t } = useTranslation("customers");
  const { message } = App.useApp();
  const [isNaming, setNaming] = useState(false);
  const views = preferences.views ?? [];
  const current = views.find((one) => JSON.stringify(one.view) === JSON.stringify(view));
  const save = (name: string) => {
    keep({ views: [...views.filter((one) => one.name !== name), { name, view, columns }] });
    setNaming(false);
    void message.success(t("view.saved", { name }));
  };
  const forget = (one: SavedView) => keep({ views: views.filter((other) => other.name !== one.name) });
  const items = [
    { key: "everybody", label: t("view.everybody"), onClick: () => onShow({ view: EVERYBODY }) },
    ...views.map((one) => ({ key: `view ${one.name}`, label: one.name, onClick: () => onShow(one) })),
    { key: "line", type: "divider" as const },
    { key: "save", label: t("view.save"), onClick: () => setNaming(true) },
    ...(current ? [{ key: "forget", label: t("view.forget", { name: current.name }), danger: true, onClick: () => forget(current) }] : []),
  ];
  return (
    <>
      <Dropdown menu={{ items }} trigger={["click"]}>
        <Button icon={<EyeOutlined />}>{current?.name ?? t("view.title")}</Button>
      </Dropdown>
      {isNaming && <Naming onSave={save} onClose={() => setNaming(false)} />}
    </>
  );
}

function Naming({ onSave, onClose }: { onSave: (name: string) => void; onClose: () => void }) {
  const { t } = useTranslation("customers");
  const [name, setName] = useState("");
  const done = () => name.trim() && onSave(name.trim());
  return (
    <Modal open title={t("view.save")} okText={t("view.saveOk")} cancelText={t("cancel")} onOk={done} onCancel={onClose} okButtonProps={{ disabled: !name.trim() }}>
      <p>{t("view.saveExplained")}</p>
      <Input autoFocus value={name} maxLength={60} onChange={(event) => setName(event.target.value)} onPressEnter={done} aria-label={t("view.name")} placeholder={t("view.namePlaceholder")} />
    </Modal>
  );
}
