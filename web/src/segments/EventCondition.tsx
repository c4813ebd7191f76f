/** What somebody did: how often, how much, for the first or last time, or one thing after another. */
import { CloseOutlined, PlusOutlined } from "@ant-design/icons";
import { AutoComplete, Button, InputNumber, Segmented, Select } from "antd";
import { useTranslation } from "react-i18next";
import { Compared, matches, OP_KEYS } from "./Compared";
import { newWhere, type CountOp, type EventDraft, type How, type WhereDraft } from "./tree";
import { useProperties, useVocabulary } from "./vocabulary";
import { WindowField } from "./WindowField";

const COUNT_OPS: CountOp[] = [">=", "=", "<=", ">", "<", "!="];
const HOWS: How[] = ["did", "never", "sum", "min", "max", "first", "last", "followed"];

interface Props {
  draft: EventDraft;
  onChange: (draft: EventDraft) => void;
}

export function EventCondition({ draft, onChange }: Props) {
  const { t } = useTranslation("segments");
  const choose = (how: How) => onChange({ ...draft, how, ...(how === "did" && draft.count === 0 ? { op: ">=" as const, count: 1 } : {}) });
  const isMeasured = draft.how === "sum" || draft.how === "min" || draft.how === "max";
  return (
    <>
      <Select<How>
        className="condition-did"
        value={draft.how}
        onChange={choose}
        popupMatchSelectWidth={false}
        aria-label={t("event.did")}
        // keys: how.*
        options={HOWS.map((how) => ({ value: how, label: t(`how.${how}`) }))}
      />
      {isMeasured && <PropertyName value={draft.property} event={draft.event} onChange={(property) => onChange({ ...draft, property })} />}
      <EventName value={draft.event} onChange={(event) => onChange({ ...draft, event })} label={t("event.name")} isFirst />
      {(draft.how === "did" || isMeasured) && <Amount draft={draft} onChange={onChange} isMeasured={isMeasured} />}
      {draft.how === "followed" && <Then draft={draft} onChange={onChange} />}
      <WindowField window={draft.window} onChange={(window) => onChange({ ...draft, window })} />
      {draft.how !== "followed" && <Where draft={draft} onChange={onChange} />}
    </>
  );
}

function EventName({ value, onChange, label, isFirst = false }: { value: string; onChange: (event: string) => void; label: string; isFirst?: boolean }) {
  const { t } = useTranslation("segments");
  const { events } = useVocabulary();
  return (
    <AutoComplete
      className="condition-name"
      value={value}
      onChange={onChange}
      options={events.map((one) => ({ value: one.value }))}
      showSearch={{ filterOption: matches }}
      placeholder={t("event.placeholder")}
      aria-label={label}
      autoFocus={isFirst && value === ""}
    />
  );
}

function PropertyName({ value, event, onChange }: { value: string; event: string; onChange: (property: string) => void }) {
  const { t } = useTranslation("segments");
  const properties = useProperties(event);
  return (
    <AutoComplete
      className="condition-property"
      value={value}
      onChange={onChange}
      options={properties.map((one) => ({ value: one.name }))}
      showSearch={{ filterOption: matches }}
      placeholder={t("where.placeholder")}
      aria-label={t("where.name")}
    />
  );
}

function Amount({ draft, onChange, isMeasured }: Props & { isMeasured: boolean }) {
  const { t } = useTranslation("segments");
  return (
    <>
      <Select<CountOp>
        className="condition-op"
        value={draft.op}
        onChange={(op) => onChange({ ...draft, op })}
        popupMatchSelectWidth={false}
        aria-label={isMeasured ? t("event.compared") : t("event.often")}
        // keys: count.*
        options={COUNT_OPS.map((op) => ({ value: op, label: t(`count.${OP_KEYS[op]}`) }))}
      />
      {isMeasured ? (
        <InputNumber className="condition-count" value={draft.amount} onChange={(amount) => onChange({ ...draft, amount })} aria-label={t("event.amount")} placeholder="100" />
      ) : (
        <InputNumber className="condition-count" min={0} precision={0} value={draft.count} onChange={(count) => onChange({ ...draft, count: count ?? 0 })} aria-label={t("event.count")} suffix={t("event.times")} />
      )}
    </>
  );
}

function Then({ draft, onChange }: Props) {
  const { t } = useTranslation("segments");
  return (
    <>
      <span className="condition-word">{t("event.then")}</span>
      <EventName value={draft.later} onChange={(later) => onChange({ ...draft, later })} label={t("event.thenName")} />
      <InputNumber className="condition-count" min={1} precision={0} value={draft.hours} onChange={(hours) => onChange({ ...draft, hours })} aria-label={t("event.hours")} placeholder={t("event.anyTime")} suffix={t("event.hoursShort")} />
    </>
  );
}

function Where({ draft, onChange }: Props) {
  const { t } = useTranslation("segments");
  const put = (changed: WhereDraft) => onChange({ ...draft, where: draft.where.map((one) => (one.id === changed.id ? changed : one)) });
  return (
    <>
      <Button size="small" type="text" icon={<PlusOutlined />} onClick={() => onChange({ ...draft, where: [...draft.where, newWhere()] })}>
        {t("where.add")}
      </Button>
      {draft.where.length > 0 && (
        <div className="segment-where" role="group" aria-label={t("where.title")}>
          {draft.where.length > 1 && (
            <Segmented
              size="small"
              value={draft.match}
              onChange={(match) => onChange({ ...draft, match })}
              aria-label={t("group.match")}
              options={[
                { value: "all" as const, label: t("group.all") },
                { value: "any" as const, label: t("group.any") },
              ]}
            />
          )}
          {draft.where.map((one) => (
            <WhereLine key={one.id} event={draft.event} draft={one} onChange={put} onRemove={() => onChange({ ...draft, where: draft.where.filter((other) => other !== one) })} />
          ))}
        </div>
      )}
    </>
  );
}

function WhereLine({ event, draft, onChange, onRemove }: { event: string; draft: WhereDraft; onChange: (draft: WhereDraft) => void; onRemove: () => void }) {
  const { t } = useTranslation("segments");
  const found = useProperties(event).find((one) => one.name === draft.property);
  return (
    <div className="segment-line">
      <span className="condition-word">{t("where.with")}</span>
      <PropertyName value={draft.property} event={event} onChange={(property) => onChange({ ...draft, property })} />
      <Compared kind={found?.kind ?? "text"} op={draft.op} value={draft.value} common={found?.values ?? []} onChange={(told) => onChange({ ...draft, ...told })} />
      <Button type="text" size="small" icon={<CloseOutlined />} onClick={onRemove} aria-label={t("where.remove")} />
    </div>
  );
}
