/** Sent against held back: the comparison that all proof rests on, and whether it can be trusted. */
import { useTranslation } from "react-i18next";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { Section } from "@/ui/Page";
import type { Room } from "../words";

type ArmsView = NonNullable<Room["arms"]>;

function rate(arm: ArmsView["treated"]): number {
  return arm.customers > 0 ? arm.conversions / arm.customers : 0;
}

/** Two bars on one scale, each with its rate. */
export function ArmBars({ arms }: { arms: ArmsView }) {
  const { t } = useTranslation("autopilot");
  const f = useFormats();
  const most = Math.max(rate(arms.treated), rate(arms.held_back), 1e-9);
  return (
    <div className="arms">
      {(["treated", "held_back"] as const).map((name) => (
        <div key={name} className="arms-row" data-arm={name}>
          <span className="arms-name">{t(`arms.${name}`)}</span>
          {/* keys: arms.* */}
          <svg className="arms-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden>
            <rect className="arms-bed" width="100" height="10" />
            <rect className="arms-fill" width={(rate(arms[name]) / most) * 100} height="10" />
          </svg>
          <Figure layout="bare" size="small" label={t(`arms.${name}`)} explain={t("arms.explain", { conversions: f.number(arms[name].conversions), customers: f.number(arms[name].customers) })}>
            {f.percent(rate(arms[name]), 2)}
          </Figure>
          <span className="arms-count">{t("arms.count", { conversions: f.number(arms[name].conversions), customers: f.number(arms[name].customers) })}</span>
        </div>
      ))}
    </div>
  );
}

export function Arms({ room }: { room: Room }) {
  const { t } = useTranslation("autopilot");
  const f = useFormats();
  const { arms } = room;
  if (!arms) return null;
  const { ratio } = arms;
  const words = { observed: f.percent(ratio.observed), expected: f.percent(ratio.expected) };
  return (
    <Section title={t("arms.title")}>
      <ArmBars arms={arms} />
      <p className="section-lead" data-tone={ratio.alarm ? "stop" : "plain"}>
        {ratio.alarm ? t("arms.ratioBad", words) : t("arms.ratioGood", words)}{" "}
        {arms.echo_negative ? t("arms.echoNegative") : arms.echo_estimate === null || arms.echo_estimate === undefined ? t("arms.echoOpen") : t("arms.echoFine")}
      </p>
      <ul className="guards">
        {arms.guards.map((guard) => (
          <li key={guard.name}>
            <span>{t(`guard.${guard.name}`)}</span>
            {/* keys: guard.* */}
            <Figure layout="bare" size="small" label={t(`guard.${guard.name}`)} tone={guard.harm ? "stop" : guard.rate > guard.limit ? "attention" : "plain"} explain={t("guard.explain", { events: f.number(guard.events), exposed: f.number(guard.exposed) })}>
              {f.percent(guard.rate, 2)}
            </Figure>
            <span className="soft">{t("guard.limit", { limit: f.percent(guard.limit, 2) })}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
