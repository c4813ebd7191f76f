/** How a trait or a property is compared, and with what. */
import { AutoComplete, InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";
import type { Scalar, TraitDraft, TraitOp } from "./tree";

export type ValueKind = "number" | "text" | "boolean";

const TEXT_OPS: TraitOp[] = ["=", "!=", "contains", "in", "exists", "missing"];
const NUMBER_OPS: TraitOp[] = ["=", "!=", ">", ">=", "<", "<=", "in", "exists", "missing"];
const FLAG_OPS: TraitOp[] = ["=", "exists", "missing"];
export const OP_KEYS = { "=": "is", "!=": "isNot", ">": "more", ">=": "least", "<": "less", "<=": "most", contains: "contains", in: "in", exists: "exists", missing: "missing" } as const;

export function opsOf(kind: ValueKind): TraitOp[] {
  return kind === "number" ? NUMBER_OPS : kind === "boolean" ? FLAG_OPS : TEXT_OPS;
}

export function matches(input: string, option?: { value: string }): boolean {
  return (option?.value ?? "").toLowerCase().includes(input.toLowerCase());
}

type Told = Pick<TraitDraft, "op" | "value">;

interface Props extends Told {
  kind: ValueKind;
  /** Usual values, to choose from. */
  common: { value: string }[];
  onChange: (told: Told) => void;
}

export function Compared({ kind, op, value, common, onChange }: Props) {
  const { t } = useTranslation("segments");
  const ops = opsOf(kind).includes(op) ? opsOf(kind) : [...opsOf(kind), op];
  const setOp = (chosen: TraitOp) => {
    const wasList = Array.isArray(value);
    const kept = chosen === "in" ? (value === null || wasList ? (value ?? []) : [value as Scalar]) : wasList ? ((value as Scalar[])[0] ?? null) : value;
    onChange({ op: chosen, value: kept });
  };
  return (
    <>
      <Select<TraitOp>
        className="condition-op"
        value={op}
        onChange={setOp}
        popupMatchSelectWidth={false}
        aria-label={t("trait.op")}
        // keys: op.*
        options={ops.map((one) => ({ value: one, label: t(`op.${OP_KEYS[one]}`) }))}
      />
      {op !== "exists" && op !== "missing" && <Value kind={kind} op={op} value={value} common={common} onChange={(next) => onChange({ op, value: next })} />}
    </>
  );
}

function Value({ kind, op, value, common, onChange }: Omit<Props, "onChange"> & { onChange: (value: Told["value"]) => void }) {
  const { t } = useTranslation("segments");
  const label = t("trait.value");
  const typed = (text: string): Scalar => (kind === "number" && text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text);
  const options = common.map((one) => ({ value: one.value }));
  if (op === "in") {
    const values = Array.isArray(value) ? value.map(String) : [];
    return <Select mode="tags" className="condition-values" value={values} onChange={(texts: string[]) => onChange(texts.map(typed))} options={options} placeholder={t("trait.values")} aria-label={label} />;
  }
  if (kind === "boolean") {
    const flags = [
      { value: "true", label: t("yes") },
      { value: "false", label: t("no") },
    ];
    return <Select className="condition-value" value={value === null ? null : String(value)} onChange={(text) => onChange(text === "true")} options={flags} aria-label={label} placeholder={t("trait.choose")} />;
  }
  if (kind === "number") return <InputNumber className="condition-value" value={typeof value === "number" ? value : null} onChange={onChange} aria-label={label} placeholder="0" />;
  return (
    <AutoComplete
      className="condition-value"
      value={value === null ? "" : String(value)}
      onChange={(text: string) => onChange(text)}
      options={options}
      showSearch={{ filterOption: matches }}
      placeholder={t("trait.valuePlaceholder")}
      aria-label={label}
    />
  );
}
