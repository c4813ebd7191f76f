/** What the customer allows, since when and by whose word; and a way to record what they say now. */
import { CheckCircleFilled, MinusCircleFilled, StopFilled } from "@ant-design/icons";
import { App, Button, Form, Input, Modal, Radio, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, refresh } from "@/api/client";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { useMay } from "@/ui/me";
import { Section } from "@/ui/Page";
import { ErrorNote } from "@/ui/States";
import { useTopic } from "@/ui/useTopic";
import { CHANNELS } from "./channels";
import type { Customer } from "./types";
import { ConsentHistory } from "./facts/ConsentHistory";
import { useUndo } from "./facts/useUndo";

export function ConsentPanel({ customer }: { customer: Customer }) {
  const { t } = useTranslation("customers");
  const formats = useFormats();
  const { now } = useCompany();
  const mayWrite = useMay("customers:write");
  const [isOpen, setOpen] = useState(false);
  const topic = useTopic();
  const blocked = customer.suppressed.map(topic.channel).join(", ");
  const record = mayWrite && (
    <Button size="small" type="text" onClick={() => setOpen(true)}>
      {t("consent.record")}
    </Button>
  );
  return (
    <Section title={t("consent.title")} extra={record}>
      <ul className="customer-consents">
        {blocked && (
          <li data-state="blocked">
            <StopFilled aria-hidden />
            <span>
              <strong>{t("consent.blocked", { channels: blocked })}</strong>
              <span className="soft">{t("consent.suppressedExplained")}</span>
            </span>
          </li>
        )}
        {customer.consents.map((one) => (
          <li key={`${one.channel} ${one.purpose}`} data-state={one.state}>
            {one.state === "granted" ? <CheckCircleFilled aria-hidden /> : <MinusCircleFilled aria-hidden />}
            <span>
              <strong>{t(`consent.says.${one.state === "granted" ? "granted" : "denied"}`, topic.of(one))}</strong>
              <span className="soft">{t("consent.since", { when: formats.when(one.at, now()), source: one.source })}</span>
            </span>
          </li>
        ))}
      </ul>
      {customer.consents.length === 0 && <p className="soft">{t("consent.none")}</p>}
      <ConsentHistory id={customer.id} />
      {isOpen && <RecordDialog customer={customer} onClose={() => setOpen(false)} />}
    </Section>
  );
}

interface Words {
  state: "granted" | "denied";
  channel: string;
  purpose: string;
  source: string;
}

/** An entry can be taken back where something was said before: the state of then is recorded anew, as a correction. */
function RecordDialog({ customer, onClose }: { customer: Customer; onClose: () => void }) {
  const { t } = useTranslation("customers");
  const { t: facts } = useTranslation("facts");
  const { message } = App.useApp();
  const undoable = useUndo();
  const [form] = Form.useForm<Words>();
  const put = api.useMutation("post", "/api/customers/{customer_id}/consents", { onSuccess: () => void refresh("/api/customers") });
  const path = { customer_id: customer.id };
  // keys: facts:consent.undo*
  const done = (words: Words) => {
    const before = customer.consents.find((one) => one.channel === words.channel && one.purpose === words.purpose)?.state;
    if (before !== undefined && before !== words.state) undoable(t("consent.recorded"), () => put.mutateAsync({ params: { path }, body: { ...words, state: before as Words["state"], source: facts("consent.undoSource") } }));
    else void message.success(t("consent.recorded"));
    onClose();
  };
  const save = (words: Words) => put.mutate({ params: { path }, body: words }, { onSuccess: () => done(words) });
  return (
    <Modal open title={t("consent.record")} okText={t("trait.save")} cancelText={t("cancel")} confirmLoading={put.isPending} onOk={() => form.submit()} onCancel={onClose}>
      {put.error && <ErrorNote error={put.error} />}
      <Form<Words> form={form} layout="vertical" requiredMark={false} initialValues={{ state: "denied", channel: "email", purpose: "marketing" }} onFinish={save}>
        <Form.Item<Words> name="state" label={t("consent.what")}>
          <Radio.Group options={(["granted", "denied"] as const).map((one) => ({ value: one, label: t(`consent.${one}`) }))} />
        </Form.Item>
        <Form.Item<Words> name="channel" label={t("channel.label")}>
          <Select options={CHANNELS.map((one) => ({ value: one, label: t(`channel.${one}`) }))} />
        </Form.Item>
        <Form.Item<Words> name="purpose" label={t("consent.purpose")} rules={[{ required: true, message: t("consent.purposeMissing") }]}>
          <Input maxLength={50} />
        </Form.Item>
        <Form.Item<Words> name="source" label={t("consent.source")} extra={t("consent.sourceOne")} rules={[{ required: true, min: 3, message: t("consent.sourceMissing") }]}>
          <Input maxLength={100} placeholder={t("consent.sourcePlaceholder")} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
