/** Money is calm: each limit as one bar, with what one step more would bring in words; and the time that is left. */
import { useTranslation } from "react-i18next";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { LimitBar } from "@/ui/LimitBar";
import { useAmounts, useLimitName, useResource, type LimitView, type Room } from "../words";

const DAY_MS = 86_400_000;
const NEARLY_OVER = 0.9;

function LimitLine({ limit, room }: { limit: LimitView; room: Room }) {
  const { t } = useTranslation("autopilot");
  const amounts = useAmounts(room.goal.metric);
  const resource = useResource();
  const name = useLimitName();
  const isPlanned = room.rounds.some((round) => round.decided > 0) && room.campaign.state !== "ended";
  const more = limit.price
    ? t("limit.price", { step: resource(limit.price.step, limit.resource), gain: amounts.say(limit.price.gain), unit: amounts.unit })
    : isPlanned && limit.level !== "reached"
      ? t("limit.slack")
      : "";
  return (
    <div className="limits-one">
      <LimitBar name={name(limit)} committed={limit.committed} reserved={limit.reserved} limit={limit.limit} warnAt={limit.warn_at} format={(value) => resource(value, limit.resource)} />
      <p className="limits-words">
        {limit.level === "reached" && <strong>{t("limit.reached")} </strong>}
        <span className="limits-used">{t("limit.used", { committed: resource(limit.committed, limit.resource), reserved: resource(limit.reserved, limit.resource) })} </span>
        {more}
      </p>
    </div>
  );
}

/** The calendar is a limit too: what cannot be measured before the deadline is not sent. */
function Calendar({ room }: { room: Room }) {
  const { t } = useTranslation("autopilot");
  const f = useFormats();
  const { launched_at: from, ended_at: end } = room.campaign;
  const { deadline } = room.goal;
  const { now } = useCompany();
  if (!from) return null;
  const days = (until: string | Date) => Math.max(0, (new Date(until).getTime() - new Date(from).getTime()) / DAY_MS);
  const whole = Math.ceil(days(deadline));
  const gone = Math.min(whole, Math.floor(days(end ?? now())));
  const say = (value: number) => t("days", { count: value, n: f.number(value) });
  return (
    <LimitBar
      name={t("limit.calendar")}
      committed={gone}
      reserved={0}
      limit={whole}
      warnAt={NEARLY_OVER}
      format={say}
      words={t("limit.calendarWords", { gone: say(gone), whole: say(whole), when: f.date(deadline) })}
    />
  );
}

export function Limits({ room }: { room: Room }) {
  const { t } = useTranslation("autopilot");
  const resource = useResource();
  const name = useLimitName();
  const sums = room.limits.filter((limit) => limit.scope !== "customer");
  const each = room.limits.filter((limit) => limit.scope === "customer");
  return (
    <section className="section limits" aria-label={t("limit.title")}>
      {sums.map((limit) => (
        <LimitLine key={`${limit.scope} ${limit.resource}`} limit={limit} room={room} />
      ))}
      <Calendar room={room} />
      {each.length > 0 && <p className="limits-words">{each.map((limit) => t("limit.each", { name: name(limit), amount: resource(limit.limit, limit.resource) })).join(" · ")}</p>}
    </section>
  );
}
