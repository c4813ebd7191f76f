/** A tree as one sentence with how many it is now: `<SegmentSummary tree={tree} />`. Used by the campaign wizard too. */
import { useTranslation } from "react-i18next";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { ErrorNote, Loading } from "@/ui/States";
import type { Tree } from "./tree";
import { usePreview, type Preview } from "./usePreview";
import "./segments.css";

export function SegmentSummary({ tree }: { tree: Tree | undefined }) {
  const { t } = useTranslation("segments");
  const { preview, error, isBehind, retry } = usePreview(tree);
  if (tree === undefined) return <p className="soft">{t("preview.unfinished")}</p>;
  if (error && !isBehind) return <ErrorNote error={error} onRetry={() => void retry()} />;
  if (!preview) return <Loading rows={2} />;
  return (
    <div className="segment-summary" data-behind={isBehind} aria-live="polite">
      <SegmentCount preview={preview} />
      <p className="segment-words">{preview.words}</p>
    </div>
  );
}

export function SegmentCount({ preview }: { preview: Preview }) {
  const { t } = useTranslation("segments");
  const formats = useFormats();
  const share = preview.total > 0 ? preview.count / preview.total : 0;
  const note = t("preview.share", { share: formats.percent(share), total: formats.number(preview.total) });
  return (
    <Figure label={t("preview.count")} explain={t("preview.countExplained")} exact={formats.exact(preview.count)} size="large" note={note}>
      {formats.number(preview.count)}
    </Figure>
  );
}
