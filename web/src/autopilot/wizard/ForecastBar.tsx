/** The forecast on a phone: one line at the bottom that opens to the whole. */
import { UpOutlined } from "@ant-design/icons";
import { Drawer } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormats } from "@/ui/formats";
import { useWizard } from "./context";
import { ForecastBody, shownChance } from "./ForecastPanel";
import { useForecast } from "./useAnswers";

export function ForecastBar() {
  const { t } = useTranslation("wizard");
  const { draft } = useWizard();
  const formats = useFormats();
  const [isOpen, setOpen] = useState(false);
  const answer = useForecast(draft);
  const forecast = answer.data?.forecast;
  return (
    <>
      <button type="button" className="forecast-bar" data-stale={answer.isPlaceholderData} onClick={() => setOpen(true)}>
        {forecast ? (
          <>
            <strong>{shownChance(forecast.chance_of_goal, formats)}</strong>
            <span>{t("forecast.barChance")}</span>
            <span className="forecast-bar-cost">{t("forecast.barCost", { low: formats.money(forecast.cost.low), high: formats.money(forecast.cost.high) })}</span>
          </>
        ) : (
          <span>{t("forecast.barWaits")}</span>
        )}
        <UpOutlined aria-label={t("forecast.open")} />
      </button>
      <Drawer placement="bottom" size="large" open={isOpen} onClose={() => setOpen(false)} title={t("forecast.title")}>
        <ForecastBody answer={answer} />
      </Drawer>
    </>
  );
}
