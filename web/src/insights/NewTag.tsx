/** A new tag: set by people, by a rule, or by a model's scores. */
import { Drawer, Button, Form, Input, InputNumber, Radio } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, refresh } from "@/api/client";
import { SegmentBuilder } from "@/segments/SegmentBuilder";
import { SegmentSummary } from "@/segments/SegmentSummary";
import type { Tree } from "@/segments/tree";
import { useMay } from "@/ui/me";
import { ErrorNote } from "@/ui/States";

interface Words {
  name: string;
  kind: "manual" | "rule" | "model";
  layer: "behaviour" | "value";
  description?: string;
  weight: number;
  half_life_days: number | null;
  every_minutes: number;
  model?: string;
}

export function NewTag({ onClose, onMade }: { onClose: () => void; onMade: (id: number) => void }) {
  const { t } = useTranslation("insights");
  const [form] = Form.useForm<Words>();
  const kind = Form.useWatch("kind", form) ?? "manual";
  const [tree, setTree] = useState<Tree>();
  const mayRules = useMay("segments:read");
  const make = api.useMutation("post", "/api/tags", {
    onSuccess: (tag) => {
      void refresh("/api/tags");
      onClose();
      onMade(tag.id);
    },
  });
  const save = ({ every_minutes, model = "", description = "", ...words }: Words) =>
    make.mutate({ body: { ...words, model, description, tree: kind === "rule" ? (tree ?? null) : null, every_minutes: kind === "rule" ? every_minutes : null } });
  const foot = (
    <div className="tags-foot">
      <Button type="primary" onClick={() => form.submit()} loading={make.isPending} disabled={kind === "rule" && tree === undefined}>
        {t("new.make")}
      </Button>
      <Button onClick={onClose}>{t("cancel")}</Button>
    </div>
  );
  const kinds = (["manual", "rule", "model"] as const).filter((one) => one !== "rule" || mayRules);
  // keys: kind.*
  return (
    <Drawer open size={640} title={t("new.open")} onClose={onClose} footer={foot}>
      {make.error && <ErrorNote error={make.error} />}
      <Form<Words> form={form} layout="vertical" requiredMark={false} initialValues={{ kind: "manual", layer: "behaviour", weight: 1, half_life_days: null, every_minutes: 60 }} onFinish={save}>
        <Form.Item<Words> name="name" label={t("field.name")} rules={[{ required: true, message: t("field.nameMissing") }]}>
          <Input maxLength={100} autoFocus />
        </Form.Item>
        <Form.Item<Words> name="kind" label={t("field.kind")} extra={t(`kind.${kind}.explain`)}>
          <Radio.Group options={kinds.map((value) => ({ value, label: t(`kind.${value}.name`) }))} />
        </Form.Item>
        {kind === "rule" && <RuleFields tree={tree} onTree={setTree} />}
        {kind === "model" && (
          <Form.Item<Words> name="model" label={t("field.model")} extra={t("field.modelExplained")} rules={[{ required: true, message: t("field.modelMissing") }]}>
            <Input maxLength={100} />
          </Form.Item>
        )}
        <HalfLife />
        <Form.Item<Words> name="description" label={t("field.description")}>
          <Input maxLength={500} />
        </Form.Item>
      </Form>
    </Drawer>
  );
}

function RuleFields({ tree, onTree }: { tree: Tree | undefined; onTree: (tree: Tree | undefined) => void }) {
  const { t } = useTranslation("insights");
  const layers = (["behaviour", "value"] as const).map((value) => ({ value, label: t(`layer.${value}.title`) }));
  return (
    <>
      <p>{t("field.rule")}</p>
      <SegmentBuilder onChange={onTree} />
      <div className="tags-summary">
        <SegmentSummary tree={tree} />
      </div>
      <Form.Item name="layer" label={t("field.layer")}>
        <Radio.Group options={layers} />
      </Form.Item>
      <Weight label={t("field.weight")} />
      <Form.Item name="every_minutes" label={t("field.every")} extra={t("field.everyExplained")}>
        <InputNumber min={1} max={10_080} suffix={t("field.minutes")} />
      </Form.Item>
    </>
  );
}

/** A weight between 0 and 1. */
export function Weight({ label, extra }: { label: string; extra?: string }) {
  return (
    <Form.Item name="weight" label={label} extra={extra}>
      <InputNumber min={0} max={1} step={0.1} />
    </Form.Item>
  );
}

/** Days in which a weight halves; empty where it stays. */
export function HalfLife() {
  const { t } = useTranslation("insights");
  return (
    <Form.Item name="half_life_days" label={t("field.halfLife")} extra={t("field.halfLifeExplained")}>
      <InputNumber min={0.1} max={3650} placeholder={t("row.stays")} suffix={t("field.days")} className="tags-number" />
    </Form.Item>
  );
}
