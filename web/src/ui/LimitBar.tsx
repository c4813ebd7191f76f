/** Money is calm: committed, reserved and left in one bar whose end is the limit. */
import { Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import "./limit-bar.css";

interface Props {
  name: string;
  committed: number;
  reserved: number;
  limit: number;
  format: (value: number) => string;
  /** Share of the limit from which the bar turns amber. */
  warnAt?: number;
  compact?: boolean;
  /** Said instead of how much is spent, put aside and left. */
  words?: string;
}

export function LimitBar({ name, committed, reserved, limit, format, warnAt = 0.8, compact = false, words: given }: Props) {
  const { t } = useTranslation("ui");
  const left = Math.max(limit - committed - reserved, 0);
  const share = limit > 0 ? (committed + reserved) / limit : 1;
  const state = share >= 1 ? "full" : share >= warnAt ? "near" : "calm";
  const words = given ?? t("limitBar.words", { name, committed: format(committed), reserved: format(reserved), left: format(left), limit: format(limit) });
  return (
    <Tooltip title={given ?? <>{words}<br />{t("limitBar.explain")}</>} trigger={["hover", "focus"]}>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the explanation opens by focus too */}
      <div className="limit-bar" data-state={state} role="img" aria-label={words} tabIndex={0}>
        {!compact && (
          <div className="limit-bar-words">
            <span className="limit-bar-name">{name}</span>
            <span>{t("limitBar.left", { left: format(left), limit: format(limit) })}</span>
          </div>
        )}
        <svg className="limit-bar-track" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
          <rect className="limit-bar-bed" width="100" height="6" />
          <rect className="limit-bar-reserved" width={Math.min(share, 1) * 100} height="6" />
          <rect className="limit-bar-committed" width={limit > 0 ? Math.min(committed / limit, 1) * 100 : 100} height="6" />
        </svg>
      </div>
    </Tooltip>
  );
}
