/** Step one: what to bring about, how much of it, until when, and whether that is plausible. */
import { AutoComplete, Button, DatePicker, InputNumber, Radio, Select, Switch } from "antd";
import dayjs from "dayjs";
import timezonePlugin from "dayjs/plugin/timezone";
import utc from "dayjs/plugin/utc";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { useCompany } from "@/ui/company";
import { Section } from "@/ui/Page";
import { useWizard } from "./context";
import { Field } from "./Field";
import { Plausible } from "./Plausible";
import type { Metric } from "./spec";

dayjs.extend(utc);
dayjs.extend(timezonePlugin);

const METRICS: readonly Metric[] = ["conversions", "reactivated", "revenue", "conversion_rate"];
const WEEKS = [4, 8, 12] as const;
const SHARE = 100;

export function GoalStep() {
  const { t } = useTranslation("wizard");
  return (
    <Section id="goal" title={t("step.goal")}>
      <MetricField />
      <div className="wizard-row">
        <EventField />
        <TargetField />
      </div>
      <DeadlineField />
      <IncrementalField />
      <Rhythm />
      <Plausible />
    </Section>
  );
}

function MetricField() {
  const { t } = useTranslation("wizard");
  const { spec, set } = useWizard();
  return (
    <Field path="goal.metric" label={t("goal.metric")} isGroup>
      {(ids) => (
        <Radio.Group {...ids} className="wizard-cards" value={spec.goal.metric} onChange={(event) => set("goal.metric", event.target.value as Metric)}>
          {METRICS.map((metric) => (
            <Radio key={metric} value={metric}>
              <strong>{t(`metric.${metric}.name`)}</strong>
              <span>{t(`metric.${metric}.about`)}</span>
            </Radio>
          ))}
        </Radio.Group>
      )}
    </Field>
  );
}

function EventField() {
  const { t } = useTranslation("wizard");
  const { spec, set } = useWizard();
  const vocabulary = api.useQuery("get", "/api/segments/vocabulary", {}, { staleTime: 300_000 });
  const events = (vocabulary.data?.events ?? []).map(({ value }) => ({ value: String(value) }));
  return (
    <Field path="goal.event" label={t("goal.event")} hint={t("goal.eventHint")}>
      {(ids) => (
        <AutoComplete
          {...ids}
          value={spec.goal.event}
          options={events}
          showSearch={{ filterOption: (typed, option) => (option?.value ?? "").toLowerCase().includes(typed.toLowerCase()) }}
          onChange={(event: string) => set("goal.event", event)}
        />
      )}
    </Field>
  );
}

function TargetField() {
  const { t } = useTranslation("wizard");
  const { spec, set } = useWizard();
  const { currency } = useCompany();
  const isRate = spec.goal.metric === "conversion_rate";
  const unit = isRate ? t("unit.points") : spec.goal.metric === "revenue" ? currency : t("unit.times");
  const shown = typeof spec.goal.target === "number" ? (isRate ? spec.goal.target * SHARE : spec.goal.target) : null;
  return (
    <Field path="goal.target" label={spec.goal.incremental ? t("goal.targetMore") : t("goal.target")}>
      {({ status, ...ids }) => (
        <InputNumber
          {...ids}
          status={status}
          className="wizard-number"
          min={0}
          {...(isRate ? { step: 0.1 } : {})}
          value={shown === null ? null : Number(shown.toPrecision(12))}
          suffix={unit}
          onChange={(value) => set("goal.target", value === null ? null : isRate ? Number((value / SHARE).toPrecision(12)) : value)}
        />
      )}
    </Field>
  );
}

function DeadlineField() {
  const { t } = useTranslation("wizard");
  const { spec, set } = useWizard();
  const { timezone, now } = useCompany();
  const moment = spec.goal.deadline ? dayjs(spec.goal.deadline).tz(timezone) : null;
  const choose = (day: dayjs.Dayjs | null) =>
    set("goal.deadline", day === null ? null : dayjs.tz(`${day.format("YYYY-MM-DD")}T23:59:00`, timezone).toISOString());
  return (
    <Field path="goal.deadline" label={t("goal.deadline")} hint={t("goal.deadlineHint", { zone: timezone })}>
      {({ status, ...ids }) => (
        <div className="wizard-inline">
          <DatePicker {...ids} status={status} value={moment?.isValid() ? moment : null} onChange={choose} minDate={dayjs(now())} />
          {WEEKS.map((weeks) => (
            <Button key={weeks} size="small" onClick={() => choose(dayjs(now()).add(weeks, "week"))}>
              {t("goal.inWeeks", { count: weeks })}
            </Button>
          ))}
        </div>
      )}
    </Field>
  );
}

function IncrementalField() {
  const { t } = useTranslation("wizard");
  const { spec, set } = useWizard();
  return (
    <Field path="goal.incremental" label={t("goal.incremental")} hint={spec.goal.incremental ? t("goal.incrementalHint") : t("goal.grossHint")}>
      {({ id }) => <Switch id={id} checked={spec.goal.incremental} onChange={(value) => set("goal.incremental", value)} />}
    </Field>
  );
}

const DAYS = [1, 2, 3, 5, 7, 10, 14, 21, 28];

function Rhythm() {
  const { t } = useTranslation("wizard");
  const { spec, set } = useWizard();
  const options = (value: number) => [...new Set([...DAYS, value])].toSorted((a, b) => a - b).map((days) => ({ value: days, label: t("unit.days", { count: days }) }));
  return (
    <div className="wizard-row">
      <Field path="cadence_days" label={t("goal.cadence")} hint={t("goal.cadenceHint")}>
        {({ status, ...ids }) => <Select {...ids} status={status} value={spec.cadence_days} options={options(spec.cadence_days)} onChange={(days) => set("cadence_days", days)} />}
      </Field>
      <Field path="window_days" label={t("goal.window")} hint={t("goal.windowHint")}>
        {({ status, ...ids }) => <Select {...ids} status={status} value={spec.window_days} options={options(spec.window_days)} onChange={(days) => set("window_days", days)} />}
      </Field>
      {spec.goal.metric === "reactivated" && (
        <Field path="goal.dormant_days" label={t("goal.dormant")} hint={t("goal.dormantHint")}>
          {({ status, ...ids }) => (
            <InputNumber {...ids} status={status} className="wizard-number" min={1} max={3650} value={spec.goal.dormant_days} onChange={(value) => set("goal.dormant_days", value)} />
          )}
        </Field>
      )}
    </div>
  );
}
