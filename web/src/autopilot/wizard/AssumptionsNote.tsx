/** What the forecast takes for known, in words: nobody should take it for more than it is. */
import { useTranslation } from "react-i18next";
import { useFormats } from "@/ui/formats";
import { useWizard } from "./context";
import type { Assumptions, Forecast } from "./useAnswers";

export function AssumptionsNote({ assumptions, forecast }: { assumptions: Assumptions; forecast: Forecast }) {
  const { t } = useTranslation("wizard");
  const { spec } = useWizard();
  const formats = useFormats();
  const { lift, rate } = assumptions;
  const values = {
    event: spec.goal.event,
    rate: formats.percent(rate),
    count: spec.window_days,
    low: formats.percent(lift.low, 0),
    mid: formats.percent(lift.mid, 0),
    high: formats.percent(lift.high, 0),
  };
  return (
    <details className="forecast-assumptions">
      <summary>{t("assume.title")}</summary>
      <ul>
        <li>{assumptions.is_rate_known ? t("assume.rate", values) : t("assume.rateUnknown", values)}</li>
        <li>{t("assume.lift", values)}</li>
        <li>{assumptions.past_campaigns ? t("assume.past", { count: assumptions.past_campaigns }) : t("assume.published")}</li>
        {assumptions.liabilities.map((offer) => (
          <li key={offer.offer_id}>{t("assume.offer", { name: offer.name, aside: formats.money(offer.aside), expected: formats.money(offer.expected) })}</li>
        ))}
        <li>{t("assume.alike")}</li>
        {forecast.is_cut && <li>{t("assume.cut", { rounds: forecast.rounds })}</li>}
      </ul>
    </details>
  );
}
