/** What of the time line is shown: by whom, on which channel, in which period. */
import { DatePicker, Select } from "antd";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";
import { CHANNELS } from "../channels";
import type { Look } from "../usePast";
import "./facts.css";

const WHO = ["", "human", "machine"] as const;

export function PastFilters({ look, onChange }: { look: Look; onChange: (look: Look) => void }) {
  const { t } = useTranslation("facts");
  const { t: words } = useTranslation("customers");
  const channels = [{ value: "", label: t("past.anyChannel") }, ...CHANNELS.map((value) => ({ value: value as string, label: words(`channel.${value}`) }))];
  const period: [dayjs.Dayjs, dayjs.Dayjs] | null = look.since && look.until ? [dayjs(look.since), dayjs(look.until).subtract(1, "day")] : null;
  return (
    <div className="facts-filters">
      <Select size="small" aria-label={t("past.who")} value={look.who} onChange={(who) => onChange({ ...look, who })} options={WHO.map((value) => ({ value, label: t(`past.whos.${value === "" ? "any" : value}`) }))} popupMatchSelectWidth={false} />
      <Select size="small" aria-label={t("past.channel")} value={look.channel} onChange={(channel) => onChange({ ...look, channel })} options={channels} popupMatchSelectWidth={false} />
      <DatePicker.RangePicker
        size="small"
        aria-label={t("past.period")}
        value={period}
        onChange={(dates) => onChange({ ...look, since: dates?.[0]?.startOf("day").toISOString() ?? "", until: dates?.[1]?.add(1, "day").startOf("day").toISOString() ?? "" })}
      />
    </div>
  );
}
