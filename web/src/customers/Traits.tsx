/** What is known of a customer, to be changed in its place; two people's changes never overwrite each other silently. */
import { EditOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Form, Input, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, refresh } from "@/api/client";
import { StaleNote, staleOf } from "@/ui/Stale";
import { useMay } from "@/ui/me";
import { Section } from "@/ui/Page";
import { ErrorNote } from "@/ui/States";
import type { Customer } from "./types";
import { useUndo } from "./facts/useUndo";
import { TraitValue } from "./TraitValue";

const FEW = 12;

export function Traits({ customer }: { customer: Customer }) {
  const { t } = useTranslation("customers");
  const mayWrite = useMay("customers:write");
  const [edited, edit] = useState<string>();
  const [isAll, showAll] = useState(false);
  const names = Object.keys(customer.traits).toSorted((left, right) => left.localeCompare(right));
  const shown = isAll ? names : names.slice(0, FEW);
  const add = mayWrite && (
    <Button size="small" type="text" icon={<PlusOutlined />} onClick={() => edit("")}>
      {t("trait.add")}
    </Button>
  );
  return (
    <Section title={t("trait.title")} extra={add}>
      {names.length === 0 && <p className="soft">{t("trait.none")}</p>}
      <dl className="customer-facts">
        {shown.map((name) => (
          <div key={name}>
            <dt title={name}>{name}</dt>
            <dd>
              <span>
                <TraitValue value={customer.traits[name]} />
              </span>
              {mayWrite && <Button className="customer-copy" type="text" size="small" icon={<EditOutlined />} aria-label={t("trait.edit", { name })} onClick={() => edit(name)} />}
            </dd>
          </div>
        ))}
      </dl>
      {names.length > FEW && !isAll && (
        <Button type="link" size="small" onClick={() => showAll(true)}>
          {t("trait.all", { count: names.length })}
        </Button>
      )}
      {edited !== undefined && <TraitDialog customer={customer} name={edited} onClose={() => edit(undefined)} />}
    </Section>
  );
}

type Kind = "text" | "number" | "yes" | "no" | "nothing";
interface Words {
  name: string;
  kind: Kind;
  value: string;
}

function wordsOf(name: string, value: unknown): Words {
  if (typeof value === "boolean") return { name, kind: value ? "yes" : "no", value: "" };
  if (typeof value === "number") return { name, kind: "number", value: String(value) };
  return { name, kind: "text", value: value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value) };
}

function valueOf(words: Words): string | number | boolean | null {
  if (words.kind === "number") return Number(words.value);
  if (words.kind === "text") return words.value;
  return words.kind === "nothing" ? null : words.kind === "yes";
}

function TraitDialog({ customer, name, onClose }: { customer: Customer; name: string; onClose: () => void }) {
  const { t } = useTranslation("customers");
  const { t: facts } = useTranslation("facts");
  const undoable = useUndo();
  const [form] = Form.useForm<Words>();
  const kind = Form.useWatch("kind", form);
  const patch = api.useMutation("patch", "/api/customers/{customer_id}", { onSuccess: () => void refresh("/api/customers") });
  const path = { customer_id: customer.id };
  const words = (trait: string, value: unknown, version: number) => ({ params: { path }, body: { version, traits: { [trait]: value } } });
  // keys: facts:trait.undo*
  const done = (trait: string) => (told: Customer) => {
    undoable(facts("trait.undone", { name: trait }), () => patch.mutateAsync(words(trait, customer.traits[trait] ?? null, told.version)));
    onClose();
  };
  const save = (said: Words, version = customer.version) => patch.mutate(words(said.name, valueOf(said), version), { onSuccess: done(said.name) });
  const stale = staleOf(patch.error);
  const theirs = () => {
    void refresh("/api/customers");
    onClose();
  };
  const kinds = (["text", "number", "yes", "no", "nothing"] as const).map((one) => ({ value: one, label: t(`trait.kind.${one}`) }));
  return (
    <Modal open title={name ? t("trait.edit", { name }) : t("trait.add")} okText={t("trait.save")} cancelText={t("cancel")} confirmLoading={patch.isPending} onOk={() => form.submit()} onCancel={onClose}>
      {stale && <StaleNote stale={stale} onTheirs={theirs} onMine={(version) => save(form.getFieldsValue(), version)} />}
      {patch.error && !stale && <ErrorNote error={patch.error} />}
      <Form<Words> form={form} layout="vertical" requiredMark={false} initialValues={wordsOf(name, customer.traits[name])} onFinish={(said) => save({ ...said, name: name || said.name })}>
        {!name && (
          <Form.Item<Words> name="name" label={t("trait.name")} rules={[{ required: true, message: t("trait.nameMissing") }]}>
            <Input maxLength={200} />
          </Form.Item>
        )}
        <Form.Item<Words> name="kind" label={t("trait.becomes")}>
          <Select options={kinds} />
        </Form.Item>
        {(kind === "text" || kind === "number") && (
          <Form.Item<Words> name="value" label={t("trait.value")} rules={[{ required: true, message: t("trait.valueMissing") }, ...(kind === "number" ? [{ pattern: /^-?\d+(\.\d+)?$/, message: t("trait.notNumber") }] : [])]}>
            <Input maxLength={2000} inputMode={kind === "number" ? "decimal" : "text"} />
          </Form.Item>
        )}
      </Form>
    </Modal>
  );
}
