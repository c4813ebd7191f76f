/** How many of those in the tree are in other segments too, asked only on demand. */
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, fetcher } from "@/api/client";
import type { components } from "@/api/schema";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { Section } from "@/ui/Page";
import { Answer } from "@/ui/States";
import type { Tree } from "./tree";
import { usePreview } from "./usePreview";

const MOST = 8;
type Counted = components["schemas"]["SegmentOverlapOut"][];

export function Overlap({ tree, segmentId }: { tree: Tree; segmentId: number | undefined }) {
  const { t } = useTranslation("segments");
  const [isAsked, ask] = useState(false);
  const listed = api.useQuery("get", "/api/segments", { params: { query: { limit: MOST + 1, sort: "newest" } } });
  const others = (listed.data?.items ?? []).filter((one) => one.id !== segmentId).slice(0, MOST);
  if (others.length === 0) return null;
  return (
    <Section title={t("overlap.title")}>
      {isAsked ? (
        <Shares tree={tree} others={others} />
      ) : (
        <>
          <p className="soft">{t("overlap.text")}</p>
          <Button size="small" onClick={() => ask(true)}>
            {t("overlap.ask")}
          </Button>
        </>
      )}
    </Section>
  );
}

function Shares({ tree, others }: { tree: Tree; others: { id: number; name: string }[] }) {
  const { t } = useTranslation("segments");
  const formats = useFormats();
  const { preview } = usePreview(tree);
  const ids = others.map((one) => one.id);
  const asked = useQuery({
    queryKey: ["get", "/api/segments/overlap", JSON.stringify(tree), ids.join()],
    queryFn: async ({ signal }) => (await fetcher.POST("/api/segments/overlap", { body: { tree, segment_ids: ids }, signal })).data as Counted,
  });
  const total = preview?.count ?? 0;
  return (
    <Answer of={asked} rows={2}>
      {(counts) => (
        <ul className="overlap-list">
          {counts.map((one) => {
            const name = others.find((other) => other.id === one.segment_id)?.name ?? "";
            const share = total > 0 ? one.count / total : 0;
            return (
              <li key={one.segment_id}>
                <Figure label={name} layout="beside" size="small" explain={t("overlap.explain", { name })} exact={formats.exact(one.count)}>
                  {t("overlap.share", { count: formats.number(one.count), share: formats.percent(share) })}
                </Figure>
              </li>
            );
          })}
        </ul>
      )}
    </Answer>
  );
}
