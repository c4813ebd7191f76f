/** Today's sends, orders and revenue beside the last two weeks. */
import { useTranslation } from "react-i18next";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { usePalette } from "@/ui/scheme";
import type { Cockpit } from "../types";

const HEIGHT = 34;
const STEP = 9;

function Bars({ values, words }: { values: readonly number[]; words: string }) {
  const colours = usePalette();
  const most = Math.max(...values, 1e-9);
  return (
    <svg className="today-bars" width={values.length * STEP} height={HEIGHT} role="img" aria-label={words}>
      <title>{words}</title>
      {values.map((value, index) => {
        const height = Math.max((value / most) * (HEIGHT - 2), value > 0 ? 2 : 1);
        const isToday = index === values.length - 1;
        return <rect key={index} x={index * STEP} y={HEIGHT - height} width={STEP - 3} height={height} rx={1.5} fill={isToday ? colours.accent : colours.faint} fillOpacity={isToday ? 1 : 0.45} />;
      })}
    </svg>
  );
}

export function Today({ cockpit }: { cockpit: Cockpit }) {
  const { t } = useTranslation("autopilot");
  const f = useFormats();
  const { today, days, states } = cockpit;
  const yesterday = days.at(-2);
  const running = states?.["running"] ?? 0;
  const zone = t("today.zone", { zone: cockpit.timezone });
  const figures = [
    { key: "sent", values: days.map((day) => day.sent), told: f.number(today.sent), exact: f.exact(today.sent), before: f.number(yesterday?.sent ?? 0) },
    { key: "orders", values: days.map((day) => day.orders), told: f.number(today.orders), exact: f.exact(today.orders), before: f.number(yesterday?.orders ?? 0) },
    { key: "revenue", values: days.map((day) => day.revenue), told: f.money(today.revenue), exact: f.money(today.revenue), before: f.money(yesterday?.revenue ?? 0) },
  ];
  return (
    <section className="section today" aria-label={t("today.title")}>
      <Figure size="large" label={t("today.running")} explain={t("today.runningExplain")} note={[t("today.paused", { count: states?.["paused"] ?? 0 }), t("today.drafts", { count: states?.["draft"] ?? 0 })].join(t("today.comma"))}>
        {f.number(running)}
      </Figure>
      {figures.map(({ key, values, told, exact, before }) => (
        <div className="today-one" key={key}>
          <Figure size="large" label={t(`today.${key}`)} explain={`${t(`today.${key}Explain`)} ${zone}`} exact={exact} note={t("today.yesterday", { value: before })}>
            {told}
          </Figure>
          {/* keys: today.* */}
          <Bars values={values} words={t("today.bars", { what: t(`today.${key}`), count: values.length })} />
        </div>
      ))}
    </section>
  );
}
