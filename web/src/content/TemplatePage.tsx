/** One template: its variants by name and language, and the editor of the chosen one. */
import { MoreOutlined, PlusOutlined } from "@ant-design/icons";
import { App, Button, Dropdown, Input, Modal, Tag, type MenuProps } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams, useSearchParams } from "react-router";
import { api, refresh } from "@/api/client";
import { useMay } from "@/ui/me";
import { Page } from "@/ui/Page";
import { Answer, EmptyState, ErrorNote } from "@/ui/States";
import { useTopic } from "@/ui/useTopic";
import { TestDialog } from "@/delivery/TestDialog";
import { VariantEditor } from "./VariantEditor";
import type { Template, Tongue, Variant } from "./wording";
import "./content.css";

export function Component() {
  const id = Number(useParams()["id"]);
  const asked = api.useQuery("get", "/api/templates/{template_id}", { params: { path: { template_id: id } } }, { refetchOnWindowFocus: false });
  return <Answer of={asked}>{(template) => <Whole template={template} />}</Answer>;
}

function Whole({ template }: { template: Template }) {
  const { t } = useTranslation("content");
  const topic = useTopic();
  const mayWrite = useMay("content:write");
  const mayTest = useMay("delivery:write");
  const [search, setSearch] = useSearchParams();
  const [isRenaming, rename] = useState(false);
  const [isTesting, test] = useState(false);
  const used = template.variants.filter((variant) => variant.archived_at === null);
  const isNew = search.get("variant") === "new";
  const chosen = isNew ? undefined : (template.variants.find((variant) => String(variant.id) === search.get("variant")) ?? used[0]);
  const show = (variant: Variant | "new") => setSearch({ variant: variant === "new" ? "new" : String(variant.id) }, { replace: true });
  const actions = (
    <>
      {mayTest && chosen && <Button onClick={() => test(true)}>{t("template.test")}</Button>}
      {mayWrite && <Button onClick={() => rename(true)}>{t("template.rename")}</Button>}
    </>
  );
  return (
    <Page title={template.name} lead={t("template.lead", { channel: template.channel, purpose: topic.purpose(template.purpose) })} actions={actions} help={<><p>{t("template.help.variants")}</p><p>{t("template.help.fields")}</p></>}>
      <nav className="variant-tabs" aria-label={t("template.variants")}>
        {template.variants.map((variant) => (
          <Tab key={variant.id} variant={variant} isChosen={variant.id === chosen?.id} onShow={show} mayWrite={mayWrite} />
        ))}
        {mayWrite && (
          <Button type="dashed" size="small" icon={<PlusOutlined />} onClick={() => show("new")} aria-pressed={isNew}>
            {t("template.add")}
          </Button>
        )}
      </nav>
      {chosen === undefined && !isNew ? (
        <EmptyState title={t("template.empty")}>{t("template.emptyText")}</EmptyState>
      ) : (
        <VariantEditor key={chosen?.id ?? "new"} template={template} variant={chosen} start={isNew ? { name: t("new.firstVariant"), format: template.channel === "email" ? "mjml" : "text" } : undefined} onSaved={show} />
      )}
      {isRenaming && <RenameDialog template={template} onClose={() => rename(false)} />}
      {isTesting && chosen && <TestDialog channel={template.channel} variantId={chosen.id} onClose={() => test(false)} />}
    </Page>
  );
}

interface TabProps {
  variant: Variant;
  isChosen: boolean;
  onShow: (variant: Variant) => void;
  mayWrite: boolean;
}

function Tab({ variant, isChosen, onShow, mayWrite }: TabProps) {
  const { t } = useTranslation("content");
  return (
    <span className="variant-tab" data-chosen={isChosen} data-archived={variant.archived_at !== null}>
      <button type="button" onClick={() => onShow(variant)} aria-current={isChosen}>
        {variant.name}
        <Tag>{t(`tongue.${variant.language || "any"}`)}</Tag>
        {variant.archived_at !== null && <Tag>{t("list.archived")}</Tag>}
      </button>
      {mayWrite && isChosen && <TabMenu variant={variant} onShow={onShow} />}
    </span>
  );
}

function TabMenu({ variant, onShow }: { variant: Variant; onShow: (variant: Variant) => void }) {
  const { t } = useTranslation("content");
  const { message } = App.useApp();
  const path = { variant_id: variant.id };
  const failed = (error: { message: string }) => void message.error(error.message);
  const done = (text: string) => ({
    onSuccess: () => {
      void refresh("/api/templates", "/api/variants");
      void message.success(text);
    },
    onError: failed,
  });
  const archive = api.useMutation("post", "/api/variants/{variant_id}/archive", done(t("done.archived")));
  const restore = api.useMutation("post", "/api/variants/{variant_id}/restore", done(t("done.restored")));
  const copy = api.useMutation("post", "/api/variants/{variant_id}/duplicate", {
    onSuccess: (made) => void refresh("/api/templates").then(() => onShow(made)),
    onError: failed,
  });
  const others = (["en", "zh"] as const).filter((tongue: Tongue) => tongue !== variant.language);
  const items: MenuProps["items"] = [
    { key: "copy", label: t("menu.duplicate"), onClick: () => copy.mutate({ params: { path }, body: { name: "" } }) },
    ...others.map((language) => ({ key: language, label: t("menu.inLanguage", { language: t(`tongue.${language}`) }), onClick: () => copy.mutate({ params: { path }, body: { name: "", language } }) })),
    variant.archived_at
      ? { key: "restore", label: t("menu.restore"), onClick: () => restore.mutate({ params: { path } }) }
      : { key: "archive", label: t("menu.archive"), onClick: () => archive.mutate({ params: { path } }) },
  ];
  return (
    <Dropdown menu={{ items }} trigger={["click"]}>
      <Button type="text" size="small" icon={<MoreOutlined />} aria-label={t("menu.of", { name: variant.name })} />
    </Dropdown>
  );
}

function RenameDialog({ template, onClose }: { template: Template; onClose: () => void }) {
  const { t } = useTranslation("content");
  const [name, setName] = useState(template.name);
  const rename = api.useMutation("patch", "/api/templates/{template_id}", {
    onSuccess: () => {
      void refresh("/api/templates");
      onClose();
    },
  });
  const submit = () => rename.mutate({ params: { path: { template_id: template.id } }, body: { name: name.trim(), version: template.version } });
  return (
    <Modal open title={t("template.rename")} onCancel={onClose} onOk={submit} okText={t("variant.save")} cancelText={t("cancel")} confirmLoading={rename.isPending} okButtonProps={{ disabled: name.trim() === "" }}>
      {rename.error && <ErrorNote error={rename.error} />}
      <Input autoFocus value={name} onChange={(event) => setName(event.target.value)} onPressEnter={submit} maxLength={200} aria-label={t("new.name")} />
    </Modal>
  );
}
