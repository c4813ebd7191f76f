/** Limits of single channels, of those that the chosen variants use. */
import { InputNumber } from "antd";
import { useTranslation } from "react-i18next";
import { useCompany } from "@/ui/company";
import { problemsAt, useWizard } from "./context";
import { Note } from "./Field";
import type { ChannelLimits } from "./spec";
import { useAudience } from "./useAnswers";

const UNLIMITED: ChannelLimits = { money: null, messages: null };

export function ChannelLimitsTable() {
  const { t } = useTranslation("wizard");
  const { draft, spec, set } = useWizard();
  const { currency } = useCompany();
  const audience = useAudience(draft);
  const own = spec.limits.per_channel;
  const channels = [...new Set([...(audience.data?.reach ?? []).map(({ channel }) => channel), ...Object.keys(own)])];
  if (channels.length < 2 && !Object.keys(own).length) return null;
  const change = (channel: string, part: Partial<ChannelLimits>) => {
    const next = { ...UNLIMITED, ...own[channel], ...part };
    const kept = Object.entries({ ...own, [channel]: next }).filter(([, limits]) => limits.money !== null || limits.messages !== null);
    set("limits.per_channel", Object.fromEntries(kept));
  };
  return (
    <table className="wizard-channels">
      <caption className="visually-hidden">{t("limits.channels")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("limits.channel")}</th>
          <th scope="col">{t("field.limits_money")}</th>
          <th scope="col">{t("field.limits_messages")}</th>
        </tr>
      </thead>
      <tbody>
        {channels.map((channel) => (
          <tr key={channel}>
            <th scope="row">{channel}</th>
            {(["money", "messages"] as const).map((part) => (
              <td key={part}>
                <InputNumber
                  className="wizard-number"
                  min={0}
                  value={own[channel]?.[part] ?? null}
                  placeholder={t("limits.none")}
                  {...(part === "money" ? { suffix: currency } : {})}
                  aria-label={part === "money" ? t("limits.channelMoney", { channel }) : t("limits.channelMessages", { channel })}
                  onChange={(value) => change(channel, { [part]: value })}
                />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
      {problemsAt(draft.problems, "limits.per_channel").length > 0 && (
        <tfoot>
          <tr>
            <td colSpan={3}>
              {problemsAt(draft.problems, "limits.per_channel").map((problem) => (
                <Note key={problem.field} problem={problem} />
              ))}
            </td>
          </tr>
        </tfoot>
      )}
    </table>
  );
}
