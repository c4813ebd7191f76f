/** How well a channel is: a verdict in words, its last seven days, its last fault. */
import { Tag } from "antd";
import { useTranslation } from "react-i18next";
import type { components } from "@/api/schema";
import { useCompany } from "@/ui/company";
import { Figure, type Tone } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { Technical } from "@/ui/States";
import "./delivery.css";

type HealthOut = components["schemas"]["ChannelHealthOut"];

export function Verdict({ health }: { health: HealthOut }) {
  const { t } = useTranslation("delivery");
  return (
    <span className="verdict" data-verdict={health.verdict}>
      <Tag>{t(`state.${health.state}`)}</Tag>
      <span>{health.words}</span>
    </span>
  );
}

export function WeekFigures({ health }: { health: HealthOut }) {
  const { t } = useTranslation("delivery");
  const formats = useFormats();
  const { week } = health;
  const rate = (share: number | null) => (share === null ? t("week.few") : formats.percent(share));
  const tone = (share: number | null, most: number): Tone => (share === null ? "muted" : share > most ? "attention" : "good");
  return (
    <div className="week">
      <Figure label={t("week.handed")} explain={t("week.handedText", { days: week.days })} exact={formats.exact(week.handed)}>
        {formats.number(week.handed)}
      </Figure>
      <Figure label={t("week.bounced")} explain={t("week.bouncedText")} exact={t("week.of", { some: formats.exact(week.bounced), all: formats.exact(week.handed) })} tone={tone(week.bounce_rate, 0.02)}>
        {rate(week.bounce_rate)}
      </Figure>
      <Figure label={t("week.complained")} explain={t("week.complainedText")} exact={t("week.of", { some: formats.exact(week.complained), all: formats.exact(week.handed) })} tone={tone(week.complaint_rate, 0.001)}>
        {rate(week.complaint_rate)}
      </Figure>
      <Figure label={t("week.failed")} explain={t("week.failedText")} exact={formats.exact(week.failed)}>
        {formats.number(week.failed)}
      </Figure>
    </div>
  );
}

export function LastWords({ health }: { health: HealthOut }) {
  const { t } = useTranslation("delivery");
  const formats = useFormats();
  const { now } = useCompany();
  const at = now();
  return (
    <dl className="last-words">
      <dt>{t("last.success")}</dt>
      <dd>{health.last_success_at ? <time dateTime={health.last_success_at}>{formats.when(health.last_success_at, at)}</time> : t("last.never")}</dd>
      {health.last_failure_at && health.last_failure && (
        <>
          <dt>{t("last.failure")}</dt>
          <dd>
            <time dateTime={health.last_failure_at}>{formats.when(health.last_failure_at, at)}</time>
            <strong>{health.last_failure.cause}</strong>
            <span>{health.last_failure.remedy}</span>
            <Technical words={health.last_failure.words} />
          </dd>
        </>
      )}
      {health.paused_until && health.state === "resting" && (
        <>
          <dt>{t("last.rests")}</dt>
          <dd>{formats.moment(health.paused_until)}</dd>
        </>
      )}
      {health.state === "disabled" && health.pause_reason && (
        <>
          <dt>{t("last.why")}</dt>
          <dd>{health.pause_reason}</dd>
        </>
      )}
    </dl>
  );
}
