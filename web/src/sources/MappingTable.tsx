/** What each column means, beside values of it; and the columns by which a row is known again. */
import { Checkbox, Input, Segmented, Select } from "antd";
import type { TFunction } from "i18next";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Section } from "@/ui/Page";
import { Labelled } from "./SettingFields";
import { faultOf, shown, TARGETS, type Draft, type Found, type Target } from "./types";
import "./sources.css";

const MEANINGS: Record<Target, readonly string[]> = {
  customers: ["user_id", "email", "phone", "anonymous_id", "timestamp", "language", "timezone", "consent:email", "consent:sms", "ignore"],
  events: ["user_id", "email", "phone", "anonymous_id", "event", "timestamp", "value", "ignore"],
  orders: ["order", "sku", "product", "quantity", "price", "total", "timestamp", "currency", "user_id", "email", "phone", "ignore"],
};
const PREFIX: Record<Target, string> = { customers: "trait", events: "property", orders: "product" };
const SAMPLES = 3;

interface Props {
  draft: Draft;
  found: Found | undefined;
  change: (part: Partial<Draft>) => void;
  onTarget: (target: Target) => void;
  error: unknown;
}

export function MappingTable({ draft, found, change, onTarget, error }: Props) {
  const { t } = useTranslation("sources");
  const fault = faultOf(error, "mapping") ?? faultOf(error, "identity");
  // keys: target.*
  const targets = TARGETS.map((value) => ({ value, label: t(`target.${value}`) }));
  return (
    <Section title={t("mapping.title")} extra={<Segmented<Target> value={draft.target} options={targets} onChange={onTarget} aria-label={t("mapping.target")} />}>
      <p className="soft mapping-lead">{t(`mapping.lead.${draft.target}`)}</p>
      {draft.target === "events" && <EventName draft={draft} change={change} />}
      <div className="mapping" role="table" aria-label={t("mapping.title")}>
        <div className="mapping-row mapping-head" role="row">
          <span role="columnheader">{t("mapping.column")}</span>
          <span role="columnheader">{found ? t("mapping.values") : t("mapping.valuesAfterTest")}</span>
          <span role="columnheader">{t("mapping.meaning")}</span>
          {draft.target !== "orders" && <span role="columnheader">{t("mapping.identity")}</span>}
        </div>
        {Object.keys(draft.columns).map((column) => (
          <OneColumn key={column} column={column} draft={draft} found={found} change={change} />
        ))}
      </div>
      {fault !== undefined && (
        <p role="alert" className="labelled-fault">
          {fault}
        </p>
      )}
    </Section>
  );
}

function EventName({ draft, change }: Pick<Props, "draft" | "change">) {
  const { t } = useTranslation("sources");
  const id = useId();
  return (
    <Labelled id={id} label={t("mapping.event")} help={t("mapping.eventHelp")}>
      <Input id={id} value={draft.event} onChange={(event) => change({ event: event.target.value })} />
    </Labelled>
  );
}

function OneColumn({ column, draft, found, change }: { column: string } & Pick<Props, "draft" | "found" | "change">) {
  const { t } = useTranslation("sources");
  const values = [...new Set((found?.rows ?? []).map((row) => shown(row[column])).filter((text) => text !== ""))].slice(0, SAMPLES);
  const meaning = draft.columns[column] ?? "ignore";
  const [typed, setTyped] = useState("");
  const prefix = PREFIX[draft.target];
  const known = [meaning, `${prefix}:${column}`, ...MEANINGS[draft.target], ...(typed === "" ? [] : [`${prefix}:${typed}`])];
  const options = [...new Set(known)].map((value) => ({ value, label: meaningLabel(t, value) }));
  const toggle = (isIn: boolean) => change({ identity: isIn ? [...draft.identity, column] : draft.identity.filter((name) => name !== column) });
  return (
    <div className="mapping-row" role="row">
      <strong role="cell">{column}</strong>
      <span role="cell" className="mapping-values">{values.join(" · ")}</span>
      <span role="cell">
        <Select
          value={meaning}
          options={options}
          aria-label={t("mapping.meaningOf", { column })}
          showSearch={{ optionFilterProp: "label", onSearch: setTyped }}
          onChange={(value: string) => change({ columns: { ...draft.columns, [column]: value } })}
        />
      </span>
      {draft.target !== "orders" && (
        <span role="cell">
          <Checkbox checked={draft.identity.includes(column)} onChange={(event) => toggle(event.target.checked)} aria-label={t("mapping.identityOf", { column })} />
        </span>
      )}
    </div>
  );
}

function meaningLabel(t: TFunction<"sources">, value: string): string {
  const [kind, name] = value.split(":");
  // keys: meaning.*
  if (name === undefined || kind === "consent") return t(`meaning.${value.replace(":", "_")}`, { defaultValue: value });
  return t(`meaning.${kind === "product" || kind === "order" ? `${kind}Of` : (kind ?? "")}`, { name, defaultValue: value });
}
