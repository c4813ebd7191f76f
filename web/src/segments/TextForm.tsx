/** The same tree as text, for those who would rather type: each side follows the other. */
import { useQuery } from "@tanstack/react-query";
import { Input } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { fetcher } from "@/api/client";
import type { components } from "@/api/schema";
import { Section } from "@/ui/Page";
import { ErrorNote } from "@/ui/States";
import type { Tree } from "./tree";
import { usePreview, useSettled } from "./usePreview";

type Parsed = components["schemas"]["SegmentTextOut"];

interface Props {
  tree: Tree | undefined;
  /** A tree that was typed. */
  onTree: (tree: Tree) => void;
  isDisabled: boolean;
}

export function TextForm({ tree, onTree, isDisabled }: Props) {
  const { t } = useTranslation("segments");
  const { preview } = usePreview(tree);
  const [typed, type] = useState<string>();
  const asked = useSettled(typed);
  const parsed = useQuery({
    queryKey: ["get", "/api/segments/parse", asked],
    queryFn: async ({ signal }) => (await fetcher.POST("/api/segments/parse", { body: { text: asked ?? "" }, signal })).data as Parsed,
    enabled: asked !== undefined && asked === typed,
    retry: false,
  });
  const found = typed === undefined || asked !== typed ? undefined : parsed.data;
  useEffect(() => {
    if (found) onTree(found.tree as Tree);
    // onTree is new at every drawing; only what was typed counts
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [found]);
  const isRefused = typed !== undefined && asked === typed && parsed.error !== null;
  return (
    <Section title={t("text.title")}>
      <p className="soft">{t("text.lead")}</p>
      <Input.TextArea
        className="segment-text grows"
        value={typed ?? preview?.text ?? ""}
        onChange={(event) => type(event.target.value)}
        onBlur={() => !isRefused && type(undefined)}
        rows={3}
        spellCheck={false}
        disabled={isDisabled}
        status={isRefused ? "error" : ""}
        aria-label={t("text.title")}
        aria-invalid={isRefused}
        placeholder={t("text.placeholder")}
      />
      {isRefused && <ErrorNote error={parsed.error} />}
    </Section>
  );
}
