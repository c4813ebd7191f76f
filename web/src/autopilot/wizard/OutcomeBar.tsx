/** How it may end, as one bar whose parts are chances. */
import { Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { useFormats } from "@/ui/formats";
import type { Forecast } from "./useAnswers";

const SHOWN = 0.005;

export function OutcomeBar({ outcomes }: { outcomes: Forecast["outcomes"] }) {
  const { t } = useTranslation("wizard");
  const formats = useFormats();
  const present = outcomes.filter(({ chance }) => chance >= SHOWN);
  // keys: outcome.*
  const words = present.map(({ outcome, chance }) => `${t(`outcome.${outcome}.name`)} ${formats.percent(chance, 0)}`).join(", ");
  const start = (index: number) => 100 * present.slice(0, index).reduce((sum, { chance }) => sum + chance, 0);
  return (
    <div className="outcomes">
      <svg className="outcomes-bar" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label={words}>
        {present.map(({ outcome, chance }, index) => (
          <rect key={outcome} data-outcome={outcome} x={start(index)} width={Math.max(chance * 100 - 0.5, 0)} height="8" />
        ))}
      </svg>
      <ul>
        {present.map(({ outcome, chance }) => (
          <li key={outcome} data-outcome={outcome}>
            <Tooltip title={t(`outcome.${outcome}.about`)} trigger={["hover", "focus"]}>
              {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the explanation opens by focus too */}
              <span tabIndex={0}>{`${t(`outcome.${outcome}.name`)} ${formats.percent(chance, 0)}`}</span>
            </Tooltip>
          </li>
        ))}
      </ul>
    </div>
  );
}
