/** Step four: what it may use at most, what it must not do, who is asked, and how much is held back to measure. */
import { InputNumber, Radio, Slider, TimePicker } from "antd";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { Section } from "@/ui/Page";
import { ChannelLimitsTable } from "./ChannelLimitsTable";
import { useWizard } from "./context";
import { Field } from "./Field";
import { valueAt } from "./spec";

const SHARE = 100;

export function LimitsStep() {
  const { t } = useTranslation("wizard");
  return (
    <Section id="limits" title={t("step.limits")}>
      <div className="wizard-row">
        <Amount path="limits.money" hint={t("limits.moneyHint")} isMoney />
        <Amount path="limits.messages" hint={t("limits.messagesHint")} />
        <Amount path="limits.hours" hint={t("limits.hoursHint")} unit={t("unit.hours")} />
      </div>
      <div className="wizard-row">
        <Amount path="limits.per_customer.messages" hint={t("limits.eachHint")} />
        <Amount path="limits.per_customer.money" hint={t("limits.eachMoneyHint")} isMoney />
        <Amount path="limits.per_customer.window_days" hint={t("limits.eachWindowHint")} unit={t("unit.day")} isNeeded />
      </div>
      <ChannelLimitsTable />
      <div className="wizard-row">
        <Share path="guardrails.unsubscribe_rate" hint={t("limits.unsubscribeHint")} most={10} step={0.1} />
        <Share path="guardrails.complaint_rate" hint={t("limits.complaintHint")} most={2} step={0.05} />
        <Share path="futile_below" hint={t("limits.futileHint")} most={50} step={1} />
      </div>
      <Held />
      <Review />
      <Quiet />
    </Section>
  );
}

function useFieldName(path: string): string {
  const { t } = useTranslation("wizard");
  return t(`field.${path.replaceAll(".", "_")}`);
}

function Amount({ path, hint, unit, isMoney = false, isNeeded = false }: { path: string; hint: string; unit?: string; isMoney?: boolean; isNeeded?: boolean }) {
  const { t } = useTranslation("wizard");
  const { spec, set } = useWizard();
  const { currency } = useCompany();
  const value = valueAt(spec, path);
  const suffix = isMoney ? currency : unit;
  return (
    <Field path={path} label={useFieldName(path)} hint={hint}>
      {({ status, ...ids }) => (
        <InputNumber
          {...ids}
          status={status}
          className="wizard-number"
          min={0}
          value={typeof value === "number" ? value : null}
          placeholder={isNeeded || path === "limits.money" ? "" : t("limits.none")}
          {...(suffix === undefined ? {} : { suffix })}
          onChange={(next) => set(path, next)}
        />
      )}
    </Field>
  );
}

function Share({ path, hint, most, step }: { path: string; hint: string; most: number; step: number }) {
  const { spec, set } = useWizard();
  const value = Number(valueAt(spec, path));
  return (
    <Field path={path} label={useFieldName(path)} hint={hint}>
      {({ status, ...ids }) => (
        <InputNumber
          {...ids}
          status={status}
          className="wizard-number"
          min={0}
          max={most}
          step={step}
          value={Number((value * SHARE).toPrecision(6))}
          suffix="%"
          onChange={(next) => next !== null && set(path, Number((next / SHARE).toPrecision(8)))}
        />
      )}
    </Field>
  );
}

function Held() {
  const { t } = useTranslation("wizard");
  const { spec, set } = useWizard();
  const formats = useFormats();
  const both = spec.hold_out + (1 - spec.hold_out) * spec.ghost_share;
  return (
    <div className="wizard-inset">
      <h3>{t("limits.measure")}</h3>
      <p className="wizard-hint">{t("limits.measureText", { share: formats.percent(both, 0) })}</p>
      <div className="wizard-row">
        {(["hold_out", "ghost_share"] as const).map((path) => (
          <Field key={path} path={path} label={path === "hold_out" ? t("field.hold_out") : t("field.ghost_share")} hint={path === "hold_out" ? t("limits.holdOutHint") : t("limits.ghostHint")} isGroup>
            {() => (
              <div className="wizard-slider">
                <Slider
                  min={0}
                  max={50}
                  value={Math.round(spec[path] * SHARE)}
                  ariaLabelForHandle={path === "hold_out" ? t("field.hold_out") : t("field.ghost_share")}
                  tooltip={{ formatter: (value) => formats.percent((value ?? 0) / SHARE, 0) }}
                  onChange={(value: number) => set(path, value / SHARE)}
                />
                <output>{formats.percent(spec[path], 0)}</output>
              </div>
            )}
          </Field>
        ))}
      </div>
    </div>
  );
}

function Review() {
  const { t } = useTranslation("wizard");
  const { spec, set } = useWizard();
  return (
    <Field path="review" label={t("field.review")} isGroup>
      {(ids) => (
        <Radio.Group {...ids} className="wizard-cards wizard-cards-two" value={spec.review} onChange={(event) => set("review", event.target.value as "ask")}>
          <Radio value="automatic">
            <strong>{t("review.automatic")}</strong>
            <span>{t("review.automaticText")}</span>
          </Radio>
          <Radio value="ask">
            <strong>{t("review.ask")}</strong>
            <span>{t("review.askText")}</span>
          </Radio>
        </Radio.Group>
      )}
    </Field>
  );
}

function Quiet() {
  const { t } = useTranslation("wizard");
  const { spec, set } = useWizard();
  const time = (path: "quiet_start" | "quiet_end") => (
    <Field path={path} label={path === "quiet_start" ? t("field.quiet_start") : t("field.quiet_end")}>
      {({ status, ...ids }) => (
        <TimePicker
          {...ids}
          status={status}
          format="HH:mm"
          minuteStep={15}
          needConfirm={false}
          placeholder={t("limits.company")}
          value={spec[path] ? dayjs(`2000-01-01T${spec[path]}`) : null}
          onChange={(value) => set(path, value?.format("HH:mm") ?? "")}
        />
      )}
    </Field>
  );
  return (
    <div className="wizard-row">
      {time("quiet_start")}
      {time("quiet_end")}
    </div>
  );
}
