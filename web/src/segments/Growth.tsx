/** How many were in a kept segment, day by day since counting began. */
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { useFormats } from "@/ui/formats";
import { GoalChart } from "@/ui/GoalChart";
import { Section } from "@/ui/Page";
import { Answer } from "@/ui/States";

const DAY_MS = 86_400_000;
const DAY_ROOM = 76;
const dayNumber = (day: string) => Date.parse(`${day}T00:00:00Z`) / DAY_MS;

export function Growth({ segmentId }: { segmentId: number }) {
  const { t } = useTranslation("segments");
  const formats = useFormats();
  const asked = api.useQuery("get", "/api/segments/{segment_id}/growth", { params: { path: { segment_id: segmentId } } });
  const shown = (day: string) => formats.date(`${day}T12:00:00Z`);
  return (
    <Section title={t("growth.title")}>
      <Answer of={asked} rows={2}>
        {({ since, days }) => {
          const first = days[0];
          const last = days.at(-1);
          if (!since || !first || !last) return <p className="soft">{t("growth.none")}</p>;
          const told = t("growth.told", { since: shown(since), first: formats.number(first.count), last: formats.number(last.count) });
          return (
            <>
              <p className="soft">{told}</p>
              {days.length > 1 && (
                <GoalChart
                  points={days.map((one) => ({ at: dayNumber(one.day), estimate: one.count, proven: null, told: t("growth.day", { day: shown(one.day), count: formats.exact(one.count), version: one.version }) }))}
                  target={first.count}
                  targetLabel={t("growth.first")}
                  description={told}
                  height={160}
                  axis={{ format: (at) => formats.day(new Date((at + 0.5) * DAY_MS)), room: DAY_ROOM }}
                  detailed
                  isProven={false}
                />
              )}
            </>
          );
        }}
      </Answer>
    </Section>
  );
}
