/** When something has to have happened: the last days, between two days, between two dates, or ever. */
import { DatePicker, InputNumber, Select } from "antd";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";
import type { WindowDraft } from "./tree";

const DAYS = [7, 14, 30, 60, 90, 180, 365];

interface Props {
  window: WindowDraft;
  onChange: (window: WindowDraft) => void;
}

export function WindowField({ window, onChange }: Props) {
  const { t } = useTranslation("segments");
  const listed = [...new Set([...DAYS, ...(window.mode === "days" && window.days !== null ? [window.days] : [])])].toSorted((a, b) => a - b);
  const options = [
    ...listed.map((days) => ({ value: String(days), label: t("event.days", { count: days }) })),
    { value: "between", label: t("window.between") },
    { value: "dates", label: t("window.dates") },
    { value: "ever", label: t("event.ever") },
  ];
  const choose = (value: string) => {
    const none = { days: null, older: null, since: null, until: null };
    if (value === "between") onChange({ ...none, mode: "between", older: 30, days: 90 });
    else if (value === "dates" || value === "ever") onChange({ ...none, mode: value });
    else onChange({ ...none, mode: "days", days: Number(value) });
  };
  return (
    <>
      <Select
        className="condition-days"
        value={window.mode === "days" ? String(window.days) : window.mode}
        onChange={choose}
        popupMatchSelectWidth={false}
        aria-label={t("event.window")}
        options={options}
      />
      {window.mode === "between" && <Between window={window} onChange={onChange} />}
      {window.mode === "dates" && <Dates window={window} onChange={onChange} />}
    </>
  );
}

function Between({ window, onChange }: Props) {
  const { t } = useTranslation("segments");
  return (
    <>
      <InputNumber className="condition-number" min={0} precision={0} value={window.older} onChange={(older) => onChange({ ...window, older })} aria-label={t("window.older")} />
      <span className="condition-word">{t("window.and")}</span>
      <InputNumber className="condition-number" min={1} precision={0} value={window.days} onChange={(days) => onChange({ ...window, days })} aria-label={t("window.newer")} />
      <span className="condition-word">{t("window.ago")}</span>
    </>
  );
}

function Dates({ window, onChange }: Props) {
  const { t } = useTranslation("segments");
  const shown = (value: string | null) => (value === null ? null : dayjs(value.slice(0, 10)));
  const kept = (value: dayjs.Dayjs | null) => (value === null ? null : `${value.format("YYYY-MM-DD")}T00:00:00Z`);
  return (
    <>
      <DatePicker value={shown(window.since)} onChange={(since) => onChange({ ...window, since: kept(since) })} placeholder={t("window.since")} aria-label={t("window.since")} />
      <DatePicker value={shown(window.until)} onChange={(until) => onChange({ ...window, until: kept(until) })} placeholder={t("window.until")} aria-label={t("window.until")} />
    </>
  );
}
