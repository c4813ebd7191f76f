/** One condition of a segment as a line to fill in: a trait, an event, or what was agreed to. */
import { AutoComplete, InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";
import type { ConsentDraft, CountOp, EventDraft, LeafDraft, Scalar, TraitDraft, TraitOp } from "./tree";
import { useCommonValues, useVocabulary } from "./vocabulary";

interface Props<D> {
  draft: D;
  onChange: (draft: D) => void;
}

const TEXT_OPS: TraitOp[] = ["=", "!=", "contains", "in", "exists", "missing"];
const NUMBER_OPS: TraitOp[] = ["=", "!=", ">", ">=", "<", "<=", "in", "exists", "missing"];
const FLAG_OPS: TraitOp[] = ["=", "exists", "missing"];
const COUNT_OPS: CountOp[] = [">=", "=", "<=", ">", "<", "!="];
const OP_KEYS = { "=": "is", "!=": "isNot", ">": "more", ">=": "least", "<": "less", "<=": "most", contains: "contains", in: "in", exists: "exists", missing: "missing" } as const;
const DAYS = [7, 14, 30, 60, 90, 180, 365];

export function Condition({ draft, onChange }: Props<LeafDraft>) {
  if (draft.kind === "trait") return <TraitCondition draft={draft} onChange={onChange} />;
  if (draft.kind === "event") return <EventCondition draft={draft} onChange={onChange} />;
  return <ConsentCondition draft={draft} onChange={onChange} />;
}

function matches(input: string, option?: { value: string }): boolean {
  return (option?.value ?? "").toLowerCase().includes(input.toLowerCase());
}

type TraitKind = "number" | "text" | "boolean";

function opsOf(kind: TraitKind): TraitOp[] {
  return kind === "number" ? NUMBER_OPS : kind === "boolean" ? FLAG_OPS : TEXT_OPS;
}

function TraitCondition({ draft, onChange }: Props<TraitDraft>) {
  const { t } = useTranslation("segments");
  const { traits } = useVocabulary();
  const kind = traits.find((one) => one.name === draft.trait)?.kind ?? "text";
  const ops = opsOf(kind).includes(draft.op) ? opsOf(kind) : [...opsOf(kind), draft.op];
  const choose = (trait: string) => {
    const found = traits.find((one) => one.name === trait)?.kind ?? "text";
    onChange({ ...draft, trait, op: opsOf(found).includes(draft.op) ? draft.op : "=", value: found === kind ? draft.value : null });
  };
  const setOp = (op: TraitOp) => {
    const wasList = Array.isArray(draft.value);
    const value = op === "in" ? (draft.value === null || wasList ? (draft.value ?? []) : [draft.value as Scalar]) : wasList ? ((draft.value as Scalar[])[0] ?? null) : draft.value;
    onChange({ ...draft, op, value });
  };
  return (
    <>
      <AutoComplete
        className="condition-name"
        value={draft.trait}
        onChange={choose}
        options={traits.map((one) => ({ value: one.name }))}
        showSearch={{ filterOption: matches }}
        placeholder={t("trait.placeholder")}
        aria-label={t("trait.name")}
        autoFocus={draft.trait === ""}
      />
      <Select<TraitOp>
        className="condition-op"
        value={draft.op}
        onChange={setOp}
        popupMatchSelectWidth={false}
        aria-label={t("trait.op")}
        // keys: op.*
        options={ops.map((op) => ({ value: op, label: t(`op.${OP_KEYS[op]}`) }))}
      />
      {draft.op !== "exists" && draft.op !== "missing" && <TraitValue draft={draft} kind={kind} onChange={(value) => onChange({ ...draft, value })} />}
    </>
  );
}

function TraitValue({ draft, kind, onChange }: { draft: TraitDraft; kind: TraitKind; onChange: (value: TraitDraft["value"]) => void }) {
  const { t } = useTranslation("segments");
  const common = useCommonValues(draft.trait);
  const label = t("trait.value");
  const typed = (text: string): Scalar => (kind === "number" && text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text);
  const options = common.map((one) => ({ value: one.value }));
  if (draft.op === "in") {
    const values = Array.isArray(draft.value) ? draft.value.map(String) : [];
    return <Select mode="tags" className="condition-values" value={values} onChange={(texts: string[]) => onChange(texts.map(typed))} options={options} placeholder={t("trait.values")} aria-label={label} />;
  }
  if (kind === "boolean") {
    const flags = [
      { value: "true", label: t("yes") },
      { value: "false", label: t("no") },
    ];
    return <Select className="condition-value" value={draft.value === null ? null : String(draft.value)} onChange={(text) => onChange(text === "true")} options={flags} aria-label={label} placeholder={t("trait.choose")} />;
  }
  if (kind === "number")
    return <InputNumber className="condition-value" value={typeof draft.value === "number" ? draft.value : null} onChange={onChange} aria-label={label} placeholder="0" />;
  return (
    <AutoComplete
      className="condition-value"
      value={draft.value === null ? "" : String(draft.value)}
      onChange={(text: string) => onChange(text)}
      options={options}
      showSearch={{ filterOption: matches }}
      placeholder={t("trait.valuePlaceholder")}
      aria-label={label}
    />
  );
}

function EventCondition({ draft, onChange }: Props<EventDraft>) {
  const { t } = useTranslation("segments");
  const { events } = useVocabulary();
  const did = draft.count === 0 && (draft.op === "=" || draft.op === "<=") ? "never" : "did";
  const setDid = (chosen: string) => onChange(chosen === "never" ? { ...draft, op: "=", count: 0 } : { ...draft, op: ">=", count: 1 });
  const dayOptions = [...new Set([...DAYS, ...(draft.days === null ? [] : [draft.days])])].toSorted((a, b) => a - b);
  return (
    <>
      <Select
        className="condition-did"
        value={did}
        onChange={setDid}
        popupMatchSelectWidth={false}
        aria-label={t("event.did")}
        options={[
          { value: "did", label: t("event.didOne") },
          { value: "never", label: t("event.never") },
        ]}
      />
      <AutoComplete
        className="condition-name"
        value={draft.event}
        onChange={(event: string) => onChange({ ...draft, event })}
        options={events.map((one) => ({ value: one.value }))}
        showSearch={{ filterOption: matches }}
        placeholder={t("event.placeholder")}
        aria-label={t("event.name")}
        autoFocus={draft.event === ""}
      />
      {did === "did" && (
        <>
          <Select<CountOp>
            className="condition-op"
            value={draft.op}
            onChange={(op) => onChange({ ...draft, op })}
            popupMatchSelectWidth={false}
            aria-label={t("event.often")}
            options={COUNT_OPS.map((op) => ({ value: op, label: t(`count.${OP_KEYS[op]}`) }))}
          />
          <InputNumber className="condition-count" min={0} precision={0} value={draft.count} onChange={(count) => onChange({ ...draft, count: count ?? 0 })} aria-label={t("event.count")} suffix={t("event.times")} />
        </>
      )}
      <Select
        className="condition-days"
        value={draft.days ?? 0}
        onChange={(days) => onChange({ ...draft, days: days === 0 ? null : days })}
        popupMatchSelectWidth={false}
        aria-label={t("event.window")}
        options={[...dayOptions.map((days) => ({ value: days, label: t("event.days", { count: days }) })), { value: 0, label: t("event.ever") }]}
      />
    </>
  );
}

function ConsentCondition({ draft, onChange }: Props<ConsentDraft>) {
  const { t } = useTranslation("segments");
  const { channels, purposes } = useVocabulary();
  const listed = (known: string[], own: string) => [...new Set([...known, own])].map((value) => ({ value, label: value }));
  return (
    <>
      <Select
        className="condition-op"
        value={draft.state}
        onChange={(state) => onChange({ ...draft, state })}
        popupMatchSelectWidth={false}
        aria-label={t("consent.state")}
        options={[
          { value: "granted" as const, label: t("consent.granted") },
          { value: "denied" as const, label: t("consent.denied") },
        ]}
      />
      <Select className="condition-name" value={draft.channel} onChange={(channel) => onChange({ ...draft, channel })} aria-label={t("consent.channel")} options={listed(channels, draft.channel)} />
      <span className="condition-word">{t("consent.for")}</span>
      <Select className="condition-value" value={draft.purpose} onChange={(purpose) => onChange({ ...draft, purpose })} aria-label={t("consent.purpose")} options={listed(purposes, draft.purpose)} />
    </>
  );
}
