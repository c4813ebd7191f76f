/** One action on many customers: what exactly, on how many; consent asks for its proof. */
import { Alert, App, AutoComplete, Form, Input, InputNumber, Modal, Radio, Select } from "antd";
import { useTranslation } from "react-i18next";
import { api, refresh } from "@/api/client";
import type { components } from "@/api/schema";
import { ErrorNote } from "@/ui/States";
import { useFormats } from "@/ui/formats";
import { CHANNELS } from "./channels";

export type Verb = components["schemas"]["JobIn"]["verb"];
type Selection = { ids: number[] } | { filter: components["schemas"]["CustomerFilter"] | object };
interface Words {
  name?: string;
  value?: string;
  kind?: "text" | "number" | "yes" | "no" | "nothing";
  channel?: string;
  purpose?: string;
  state?: "granted" | "denied";
  source?: string;
  reason?: string;
  weight?: number;
}
interface Props {
  verb: Verb;
  count: number;
  selection: Selection;
  onClose: () => void;
  onDone: () => void;
}

export function BulkDialog({ verb, count, selection, onClose, onDone }: Props) {
  const { t } = useTranslation("customers");
  const formats = useFormats();
  const { message } = App.useApp();
  const [form] = Form.useForm<Words>();
  const start = api.useMutation("post", "/api/customers/jobs", {
    onSuccess: () => {
      void refresh("/api/customers/jobs");
      void message.success(t("bulk.started"));
      onDone();
    },
  });
  const send = (words: Words) => start.mutate({ body: { verb, arguments: argumentsOf(verb, words), selection: { without: [], ...selection } as components["schemas"]["SelectionIn"] } });
  return (
    <Modal
      open
      title={t(`bulk.dialog.${verb}`, { shown: formats.exact(count), count })}
      okText={t(`bulk.ok.${verb}`, { shown: formats.exact(count), count })}
      cancelText={t("cancel")}
      confirmLoading={start.isPending}
      okButtonProps={{ danger: verb === "suppress" }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <p>{t(`bulk.explain.${verb}`)}</p>
      {start.error && <ErrorNote error={start.error} />}
      <Form<Words> form={form} layout="vertical" onFinish={send} initialValues={{ kind: "text", weight: 1, channel: "email", purpose: "marketing", state: "denied", reason: "" }} requiredMark={false}>
        {verb === "set_trait" && <TraitFields />}
        {verb === "tag" && <TagFields />}
        {verb === "consent" && <ConsentFields />}
        {verb === "suppress" && <SuppressFields />}
      </Form>
    </Modal>
  );
}

function argumentsOf(verb: Verb, words: Words): Record<string, unknown> {
  if (verb === "tag") return { name: words.name, weight: words.weight };
  if (verb === "consent") return { channel: words.channel, purpose: words.purpose, state: words.state, source: words.source };
  if (verb === "suppress") return { channel: words.channel, reason: words.reason ?? "" };
  const values = { text: words.value ?? "", number: Number(words.value), yes: true, no: false, nothing: null };
  return { name: words.name, value: values[words.kind ?? "text"] };
}

function TraitFields() {
  const { t } = useTranslation("customers");
  const known = api.useQuery("get", "/api/customers/traits");
  const kind = Form.useWatch<Words["kind"]>("kind");
  const names = Object.keys(known.data ?? {}).map((name) => ({ value: name }));
  const kinds = (["text", "number", "yes", "no", "nothing"] as const).map((one) => ({ value: one, label: t(`trait.kind.${one}`) }));
  const isTyped = kind === "text" || kind === "number";
  return (
    <>
      <Form.Item<Words> name="name" label={t("trait.name")} rules={[{ required: true, message: t("trait.nameMissing") }]}>
        <AutoComplete options={names} showSearch={{ filterOption: true }} />
      </Form.Item>
      <Form.Item<Words> name="kind" label={t("trait.becomes")}>
        <Select options={kinds} />
      </Form.Item>
      {isTyped && (
        <Form.Item<Words> name="value" label={t("trait.value")} rules={[{ required: true, message: t("trait.valueMissing") }, ...(kind === "number" ? [{ pattern: /^-?\d+(\.\d+)?$/, message: t("trait.notNumber") }] : [])]}>
          <Input maxLength={2000} inputMode={kind === "number" ? "decimal" : "text"} />
        </Form.Item>
      )}
    </>
  );
}

function TagFields() {
  const { t } = useTranslation("customers");
  const { t: facts } = useTranslation("facts");
  const known = api.useQuery("get", "/api/tags");
  const names = (known.data ?? []).filter((tag) => tag.kind === "manual").map((tag) => ({ value: tag.name, label: tag.name }));
  return (
    <>
      <Form.Item<Words> name="name" label={facts("tag.name")} rules={[{ required: true, message: facts("tag.nameMissing") }]}>
        <Select options={names} showSearch notFoundContent={t("bulk.noTags")} />
      </Form.Item>
      <Form.Item<Words> name="weight" label={facts("tag.weight")} extra={facts("tag.weightExplained")}>
        <InputNumber min={0} max={1} step={0.1} />
      </Form.Item>
    </>
  );
}

function ConsentFields() {
  const { t } = useTranslation("customers");
  const state = Form.useWatch<Words["state"]>("state");
  return (
    <>
      <Form.Item<Words> name="state" label={t("consent.what")}>
        <Radio.Group options={(["granted", "denied"] as const).map((one) => ({ value: one, label: t(`consent.${one}`) }))} />
      </Form.Item>
      {state === "granted" && <Alert type="warning" showIcon title={t("consent.care")} className="customers-care" />}
      <Channel />
      <Form.Item<Words> name="purpose" label={t("consent.purpose")} rules={[{ required: true, message: t("consent.purposeMissing") }]}>
        <Input maxLength={50} />
      </Form.Item>
      <Form.Item<Words> name="source" label={t("consent.source")} extra={t("consent.sourceExplained")} rules={[{ required: true, min: 3, message: t("consent.sourceMissing") }]}>
        <Input maxLength={100} placeholder={t("consent.sourcePlaceholder")} />
      </Form.Item>
    </>
  );
}

function SuppressFields() {
  const { t } = useTranslation("customers");
  return (
    <>
      <Channel isAll />
      <Form.Item<Words> name="reason" label={t("suppress.reason")} rules={[{ required: true, message: t("suppress.reasonMissing") }]}>
        <Input maxLength={200} placeholder={t("suppress.reasonPlaceholder")} />
      </Form.Item>
    </>
  );
}

function Channel({ isAll = false }: { isAll?: boolean }) {
  const { t } = useTranslation("customers");
  const options = [...CHANNELS.map((one) => ({ value: one as string, label: t(`channel.${one}`) })), ...(isAll ? [{ value: "*", label: t("channel.all") }] : [])];
  return (
    <Form.Item<Words> name="channel" label={t("channel.label")}>
      <Select options={options} />
    </Form.Item>
  );
}
