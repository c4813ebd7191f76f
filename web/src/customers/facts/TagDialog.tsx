/** Set a tag of one customer: one that is known or a new one, with its weight; a new one with its half-life too. */
import { AutoComplete, Form, InputNumber, Modal } from "antd";
import { useTranslation } from "react-i18next";
import { api, refresh } from "@/api/client";
import type { components } from "@/api/schema";
import { StaleNote, staleOf } from "@/ui/Stale";
import { ErrorNote } from "@/ui/States";
import { useUndo } from "./useUndo";

type CustomerTag = components["schemas"]["CustomerTagOut"];

interface Props {
  id: number;
  version: number;
  tag: CustomerTag | undefined;
  onClose: () => void;
}

interface Words {
  name: string;
  weight: number;
  half_life_days: number | null;
}

export function TagDialog({ id, version, tag, onClose }: Props) {
  const { t } = useTranslation("facts");
  const [form] = Form.useForm<Words>();
  const undoable = useUndo();
  const typed = (Form.useWatch("name", form) ?? "").trim();
  const known = api.useQuery("get", "/api/tags");
  const byHand = (known.data ?? []).filter((one) => one.kind === "manual");
  const isNew = !tag && typed !== "" && known.data !== undefined && !known.data.some((one) => one.name === typed);
  const make = api.useMutation("post", "/api/tags");
  const put = api.useMutation("put", "/api/customers/{customer_id}/tags");
  const path = { customer_id: id };
  const set = async (name: string, weight: number, seen: number) => {
    const told = await put.mutateAsync({ params: { path }, body: { name, weight, version: seen } });
    await refresh("/api/customers");
    return told;
  };
  const save = async (words: Words, seen = version) => {
    const name = tag?.name ?? words.name.trim();
    const before = tag ? Math.min(1, tag.weight / tag.boost) : 0;
    try {
      if (isNew) await make.mutateAsync({ body: { name, kind: "manual", layer: "behaviour", model: "", description: "", weight: 1, half_life_days: words.half_life_days ?? null } });
      const told = await set(name, words.weight, seen);
      void refresh("/api/tags");
      undoable(t("tag.saved", { name }), () => set(name, before, told.version));
      onClose();
    } catch {
      // what the server said stands in the dialog
    }
  };
  const stale = staleOf(put.error);
  const error = make.error ?? (stale ? null : put.error);
  const theirs = () => {
    void refresh("/api/customers");
    onClose();
  };
  return (
    <Modal open title={tag ? t("tag.changeOf", { name: tag.name }) : t("tag.add")} okText={t("save")} cancelText={t("cancel")} confirmLoading={put.isPending || make.isPending} onOk={() => form.submit()} onCancel={onClose}>
      {stale && <StaleNote stale={stale} onTheirs={theirs} onMine={(current) => void save(form.getFieldsValue(), current)} />}
      {error && <ErrorNote error={error} />}
      <Form<Words> form={form} layout="vertical" requiredMark={false} initialValues={{ name: tag?.name, weight: tag?.given ?? 1, half_life_days: null }} onFinish={(words) => void save(words)}>
        {!tag && (
          <Form.Item<Words> name="name" label={t("tag.name")} extra={t("tag.nameExplained")} rules={[{ required: true, whitespace: true, message: t("tag.nameMissing") }]}>
            <AutoComplete options={byHand.map((one) => ({ value: one.name }))} showSearch={{ filterOption: true }} />
          </Form.Item>
        )}
        <Form.Item<Words> name="weight" label={t("tag.weight")} extra={t("tag.weightExplained")} rules={[{ required: true, message: t("tag.weightMissing") }]}>
          <InputNumber min={0} max={1} step={0.1} />
        </Form.Item>
        {isNew && (
          <Form.Item<Words> name="half_life_days" label={t("tag.halfLife")} extra={t("tag.halfLifeExplained")}>
            <InputNumber min={0.1} max={3650} />
          </Form.Item>
        )}
      </Form>
    </Modal>
  );
}
