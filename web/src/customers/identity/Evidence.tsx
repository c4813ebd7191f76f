/** What spoke for a merge, in one line. */
import { Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { useFormats } from "@/ui/formats";
import type { Merge } from "./types";

export function Evidence({ merge }: { merge: Merge }) {
  const { t } = useTranslation("identity");
  const formats = useFormats();
  const shared = merge.evidence.find((proof) => proof.weight == null);
  // keys: kind.*
  if (merge.score == null && shared) {
    if (shared.kind === "person") return <span>{t("merge.byHand")}</span>;
    return (
      <span>
        {t("merge.same", { kind: t(`kind.${shared.kind}`) })} <code>{shared.value}</code>
      </span>
    );
  }
  const spoken = merge.evidence.filter((proof) => (proof.weight ?? 0) > 0).toSorted((one, other) => (other.weight ?? 0) - (one.weight ?? 0));
  const all = merge.evidence.map((proof) => `${proof.kind}: ${t(`how.${proof.value}`)} (${(proof.weight ?? 0).toFixed(1)})`).join(" · ");
  return (
    <Tooltip title={all} trigger={["hover", "focus"]}>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- all evidence opens by focus too */}
      <span tabIndex={0}>{t("merge.alike", { share: formats.percent(merge.score ?? 0), columns: spoken.slice(0, 3).map((proof) => proof.kind).join(", ") })}</span>
    </Tooltip>
  );
}
