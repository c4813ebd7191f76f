/** What needs a person, and below it what would bring most. */
import { ClockCircleOutlined, ExclamationCircleOutlined, RiseOutlined } from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useFormats } from "@/ui/formats";
import { Section } from "@/ui/Page";
import type { Cockpit } from "../types";
import { useFigures, type CampaignRow, type Metric } from "../words";

/** Advice whose gain is a share of the goal; of the others the sentence says what they bring. */
const SHARED = new Set<Cockpit["advice"][number]["code"]>(["approve", "raise_limit"]);

interface Props {
  alarms: Cockpit["alarms"];
  advice: Cockpit["advice"];
  campaigns: readonly CampaignRow[];
}

function Alarm({ alarm, metric }: { alarm: Cockpit["alarms"][number]; metric: Metric | null }) {
  const { t } = useTranslation("autopilot");
  const figures = useFigures(metric);
  // keys: alarm.*, guard.*
  const told = { ...figures(alarm), guard: alarm.names?.["guard"] ? t(`guard.${alarm.names["guard"]}`) : "" };
  const words = t(`alarm.${alarm.code}`, told);
  return (
    <li data-level={alarm.level}>
      {alarm.level === "stop" ? <ExclamationCircleOutlined aria-hidden /> : <ClockCircleOutlined aria-hidden />}
      <span>{alarm.campaign_id ? <Link to={`/campaigns/${alarm.campaign_id}`}>{words}</Link> : <Link to="/channels">{words}</Link>}</span>
    </li>
  );
}

function Suggestion({ one, metric }: { one: Cockpit["advice"][number]; metric: Metric | null }) {
  const { t } = useTranslation("autopilot");
  const f = useFormats();
  const figures = useFigures(metric);
  return (
    <li>
      <RiseOutlined aria-hidden />
      <span>
        <Link to={`/campaigns/${one.campaign_id}`}>{t(`suggest.${one.code}`, figures(one))}</Link>
        {SHARED.has(one.code) && one.gain_share > 0 && <span className="needs-gain">{t("suggest.share", { share: f.percent(one.gain_share, 0) })}</span>}
      </span>
      {/* keys: suggest.* */}
    </li>
  );
}

export function Needs({ alarms, advice, campaigns }: Props) {
  const { t } = useTranslation("autopilot");
  const metric = (id: number | null | undefined) => campaigns.find((row) => row.id === id)?.metric ?? null;
  return (
    <>
      <Section title={t("needs.title")}>
        {alarms.length === 0 ? (
          <p className="needs-none">{t("needs.none")}</p>
        ) : (
          <ul className="needs">
            {alarms.map((alarm) => (
              <Alarm key={`${alarm.code} ${alarm.campaign_id} ${alarm.names?.["scope"] ?? ""} ${alarm.names?.["resource"] ?? ""} ${alarm.names?.["guard"] ?? ""}`} alarm={alarm} metric={metric(alarm.campaign_id)} />
            ))}
          </ul>
        )}
      </Section>
      {advice.length > 0 && (
        <Section title={t("suggest.title")}>
          <ul className="needs">
            {advice.map((one) => (
              <Suggestion key={`${one.code} ${one.campaign_id} ${one.names?.["scope"] ?? ""} ${one.names?.["resource"] ?? ""}`} one={one} metric={metric(one.campaign_id)} />
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}
