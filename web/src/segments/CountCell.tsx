/** How many are in a kept segment now, asked when the row is shown. */
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";

const KEPT_MS = 120_000;

export function CountCell({ segment }: { segment: { id: number; name: string } }) {
  const { t } = useTranslation("segments");
  const formats = useFormats();
  const params = { path: { segment_id: segment.id }, query: { limit: 1 } };
  const asked = api.useQuery("get", "/api/segments/{segment_id}/members", { params }, { staleTime: KEPT_MS });
  if (asked.error) return <span className="soft">{"—"}</span>;
  if (!asked.data) return <span className="count-wait" aria-busy="true" />;
  return (
    <Figure label={segment.name} layout="bare" explain={t("preview.countExplained")} exact={formats.exact(asked.data.total)}>
      {formats.number(asked.data.total)}
    </Figure>
  );
}
