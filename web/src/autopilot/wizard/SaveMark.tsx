/** Saved, saving, kept here: never leaves a doubt whether one's words are safe. */
import { CheckOutlined, CloudSyncOutlined, DisconnectOutlined, ExclamationCircleOutlined } from "@ant-design/icons";
import { Button, Modal, Table } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useFormats } from "@/ui/formats";
import { useWizard } from "./context";
import type { SaveState } from "./useDraft";

const ICONS: Record<SaveState, ReactNode> = {
  saved: <CheckOutlined aria-hidden />,
  waiting: <CloudSyncOutlined aria-hidden />,
  saving: <CloudSyncOutlined aria-hidden />,
  offline: <DisconnectOutlined aria-hidden />,
  refused: <ExclamationCircleOutlined aria-hidden />,
  conflict: <ExclamationCircleOutlined aria-hidden />,
};

export function SaveMark() {
  const { t } = useTranslation("wizard");
  const { state, error, news, saveNow } = useWizard();
  const refusal = state === "refused" && error ? `${error.body.message} ${error.body.remedy ?? ""}` : t(`save.${state}`);
  return (
    <span className="wizard-save" data-state={state}>
      <span role="status">
        {ICONS[state]} {refusal}
        {state === "saved" && news && <span className="wizard-news">{t("save.news", { who: news.actor })}</span>}
      </span>
      {(state === "offline" || state === "refused") && (
        <Button size="small" onClick={() => void saveNow()}>
          {t("save.again")}
        </Button>
      )}
    </span>
  );
}

function shown(value: unknown): string {
  if (value === null || value === undefined || value === "") return "–";
  return typeof value === "object" ? JSON.stringify(value) : String(value as string | number | boolean);
}

/** Two people wrote to the same field: both words stand side by side, and the person decides. */
export function ClashDialog() {
  const { t } = useTranslation("wizard");
  const { clash, settle } = useWizard();
  const formats = useFormats();
  const name = (path: string) => t(`field.${path.replaceAll(".", "_")}`, { defaultValue: path });
  // keys: field.*
  return (
    <Modal
      open={clash !== undefined}
      title={clash && t("clash.title", { who: clash.actor })}
      closable={false}
      mask={{ closable: false }}
      keyboard={false}
      footer={[
        <Button key="theirs" onClick={() => settle("theirs")}>
          {t("clash.theirs")}
        </Button>,
        <Button key="mine" type="primary" onClick={() => settle("mine")}>
          {t("clash.mine")}
        </Button>,
      ]}
    >
      <p>{clash && t("clash.lead", { when: formats.when(clash.at) })}</p>
      <Table
        size="small"
        pagination={false}
        rowKey="path"
        dataSource={clash?.fields ?? []}
        columns={[
          { title: t("clash.field"), render: (_, field) => name(field.path) },
          { title: t("clash.theirWord"), render: (_, field) => shown(field.theirs) },
          { title: t("clash.myWord"), render: (_, field) => shown(field.mine) },
        ]}
      />
    </Modal>
  );
}
