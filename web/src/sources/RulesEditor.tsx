/** Cleaning rules in their order: add, set, move, switch off; tried on real rows before they are saved. */
import { ArrowDownOutlined, ArrowUpOutlined, DeleteOutlined, EyeOutlined } from "@ant-design/icons";
import { AutoComplete, Button, Select, Switch, Tooltip } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ApiError } from "@/api/client";
import { useFormats } from "@/ui/formats";
import { useMay } from "@/ui/me";
import { Section } from "@/ui/Page";
import { Answer, EmptyState, ErrorNote } from "@/ui/States";
import { columnFor } from "./columnFor";
import { RulePreview } from "./RulePreview";
import { SettingFields } from "./SettingFields";
import type { Preview, Rule, RuleKind, Values } from "./types";
import "./sources.css";

interface Props {
  rules: readonly Rule[];
  /** The columns there are, and what each is or means. */
  meanings: Readonly<Record<string, string>>;
  connectionId?: number;
  onSave: (rules: Rule[]) => void;
  isSaving: boolean;
  saveError: unknown;
}

export function RulesEditor(props: Props) {
  const kinds = api.useQuery("get", "/api/cleaning/kinds");
  return <Answer of={kinds}>{(known) => <Editor {...props} kinds={known} />}</Answer>;
}

function Editor({ rules: saved, meanings, connectionId, onSave, isSaving, saveError, kinds }: Props & { kinds: readonly RuleKind[] }) {
  const { t } = useTranslation("sources");
  const mayWrite = useMay("imports:write");
  const columns = Object.keys(meanings);
  const [rules, setRules] = useState<Rule[]>([...saved]);
  const [preview, setPreview] = useState<Preview>();
  const look = api.useMutation("post", "/api/cleaning/preview", {
    onSuccess: (answer) => {
      setPreview(answer);
      setRules(answer.rules);
    },
  });
  const edit = (next: Rule[]) => {
    setRules(next);
    setPreview(undefined);
  };
  const add = (kind: string) => edit([...rules, { kind, column: columnFor(kind, meanings), enabled: true }]);
  const adder = mayWrite && (
    <Select<string, { value: string; label: string; help: string }>
      className="rule-adder"
      classNames={{ popup: { root: "rule-kinds" } }}
      popupMatchSelectWidth={420}
      virtual={false}
      listHeight={420}
      value={null}
      placeholder={t("rules.add")}
      aria-label={t("rules.add")}
      options={kinds.map((kind) => ({ value: kind.name, label: kind.label, help: kind.help }))}
      optionRender={ofKind}
      onSelect={add}
    />
  );
  const ask = (anew: boolean) => look.mutate({ body: { rules, connection_id: connectionId ?? null, anew } });
  const error = look.error ?? saveError;
  const isDirty = JSON.stringify(rules) !== JSON.stringify(saved);
  return (
    <>
      <Section title={t("rules.title")} extra={adder}>
        {rules.length === 0 ? (
          <EmptyState title={t("rules.empty")}>{t("rules.emptyText")}</EmptyState>
        ) : (
          <ol className="rules">
            {rules.map((rule, place) => (
              // The place is what a rule is: two may be equal.
              // oxlint-disable-next-line react/no-array-index-key
              <OneRule key={place} rule={rule} place={place} count={rules.length} kind={kinds.find((one) => one.name === rule.kind)} columns={columns} error={rowOf(error) === place + 1 ? error : undefined} touched={preview?.touched[place]} onChange={(next) => edit(rules.with(place, next))} onMove={(to) => edit(moved(rules, place, to))} onDelete={() => edit(rules.toSpliced(place, 1))} isDisabled={!mayWrite} />
            ))}
          </ol>
        )}
        {error !== null && error !== undefined && <ErrorNote error={error} />}
        {mayWrite && (
          <div className="source-buttons">
            <Button icon={<EyeOutlined />} loading={look.isPending} disabled={rules.length === 0} onClick={() => ask(false)}>
              {t("rules.preview")}
            </Button>
            {rules.some((rule) => rule.fitted) && <Button onClick={() => ask(true)}>{t("rules.anew")}</Button>}
            <Button type="primary" loading={isSaving} disabled={!isDirty} onClick={() => onSave(rules)}>
              {t("rules.save")}
            </Button>
          </div>
        )}
      </Section>
      {preview && <RulePreview preview={preview} />}
    </>
  );
}

/** A kind of rule in the list: its name and what it does. */
const ofKind = ({ data }: { data: { label: string; help: string } }) => (
  <span className="rule-kind">
    <strong>{data.label}</strong>
    <span>{data.help}</span>
  </span>
);

const rowOf = (error: unknown): number | null | undefined => (error instanceof ApiError ? error.body.row : undefined);

function moved(rules: readonly Rule[], from: number, to: number): Rule[] {
  const rule = rules[from];
  return rule ? rules.toSpliced(from, 1).toSpliced(to, 0, rule) : [...rules];
}

interface RuleProps {
  rule: Rule;
  place: number;
  count: number;
  kind: RuleKind | undefined;
  columns: readonly string[];
  error: unknown;
  touched: Preview["touched"][number] | undefined;
  onChange: (rule: Rule) => void;
  onMove: (to: number) => void;
  onDelete: () => void;
  isDisabled: boolean;
}

function OneRule({ rule, place, count, kind, columns, error, touched, onChange, onMove, onDelete, isDisabled }: RuleProps) {
  const { t } = useTranslation("sources");
  const label = kind?.label ?? rule.kind;
  const options = columns.map((value) => ({ value }));
  const settings = kind?.options ?? [];
  const { kind: _kind, column, enabled, fitted, ...values } = rule;
  const said = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, typeof value === "object" && value !== null ? lines(value) : value])) as Values;
  return (
    <li className="rule" data-off={enabled === false ? "" : undefined}>
      <div className="rule-head">
        <span className="rule-place">{place + 1}</span>
        <Tooltip title={kind?.help}>
          <strong>{label}</strong>
        </Tooltip>
        <AutoComplete className="rule-column" value={column} options={options} placeholder={t("rules.column")} disabled={isDisabled} aria-label={t("rules.columnOf", { rule: label })} onChange={(value: string) => onChange({ ...rule, column: value })} />
        {touched && <TouchedNote touched={touched} />}
        <span className="rule-tools">
          <Switch size="small" checked={enabled !== false} disabled={isDisabled} aria-label={t("rules.on", { rule: label })} onChange={(on) => onChange({ ...rule, enabled: on })} />
          <Button type="text" size="small" icon={<ArrowUpOutlined />} disabled={isDisabled || place === 0} aria-label={t("rules.up", { rule: label })} onClick={() => onMove(place - 1)} />
          <Button type="text" size="small" icon={<ArrowDownOutlined />} disabled={isDisabled || place === count - 1} aria-label={t("rules.down", { rule: label })} onClick={() => onMove(place + 1)} />
          <Button type="text" size="small" icon={<DeleteOutlined />} disabled={isDisabled} aria-label={t("rules.delete", { rule: label })} onClick={onDelete} />
        </span>
      </div>
      {settings.length > 0 && <SettingFields isDense settings={settings} values={said} error={error} isDisabled={isDisabled} onChange={(next) => onChange({ kind: rule.kind, column, enabled: enabled !== false, ...next })} />}
      {fitted && <Fitted fitted={fitted} />}
    </li>
  );
}

const lines = (map: object): string => Object.entries(map).map(([from, to]) => `${from} = ${String(to)}`).join("\n");

function Fitted({ fitted }: { fitted: NonNullable<Rule["fitted"]> }) {
  const { t } = useTranslation("sources");
  const { exact } = useFormats();
  const told = (value: string | number | undefined) => (typeof value === "number" ? exact(value) : (value ?? ""));
  const text = "value" in fitted ? t("rules.fills", { value: told(fitted["value"]), rows: told(fitted["rows"]) }) : t("rules.bounds", { low: told(fitted["low"]), high: told(fitted["high"]), rows: told(fitted["rows"]) });
  return <p className="rule-fitted">{text}</p>;
}

function TouchedNote({ touched }: { touched: Preview["touched"][number] }) {
  const { t } = useTranslation("sources");
  const { number } = useFormats();
  const parts = (["changed", "emptied", "flagged", "refused"] as const).filter((part) => touched[part] > 0);
  // keys: touched.*
  const text = parts.length === 0 ? t("touched.nothing") : parts.map((part) => t(`touched.${part}`, { count: touched[part], shown: number(touched[part]) })).join(" · ");
  return <span className="rule-touched">{text}</span>;
}
