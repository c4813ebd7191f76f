/** Money is calm: each limit as one bar, with what one step more would bring in words. */
import { useTranslation } from "react-i18next";
import { LimitBar } from "@/ui/LimitBar";
import { useAmounts, useLimitName, useResource, type LimitView, type Metric } from "../words";

interface Props {
  limits: readonly LimitView[];
  metric: Metric;
}

export function Limits({ limits, metric }: Props) {
  const { t } = useTranslation("autopilot");
  const amounts = useAmounts(metric);
  const resource = useResource();
  const name = useLimitName();
  const sums = limits.filter((limit) => limit.scope !== "customer");
  const each = limits.filter((limit) => limit.scope === "customer");
  return (
    <section className="section limits" aria-label={t("limit.title")}>
      {sums.map((limit) => (
        <div key={`${limit.scope} ${limit.resource}`} className="limits-one">
          <LimitBar name={name(limit)} committed={limit.committed} reserved={limit.reserved} limit={limit.limit} warnAt={limit.warn_at} format={(value) => resource(value, limit.resource)} />
          <p className="limits-words">
            {limit.level === "reached" && <strong>{t("limit.reached")} </strong>}
            {t("limit.used", { committed: resource(limit.committed, limit.resource), reserved: resource(limit.reserved, limit.resource) })}
            {limit.price && ` ${t("limit.price", { step: resource(limit.price.step, limit.resource), gain: amounts.say(limit.price.gain), unit: amounts.unit })}`}
          </p>
        </div>
      ))}
      {each.length > 0 && <p className="limits-words">{each.map((limit) => t("limit.each", { name: name(limit), amount: resource(limit.limit, limit.resource) })).join(" · ")}</p>}
    </section>
  );
}
