/** Beside the builder: how many it is, in words, some of them, and why somebody is in it or not. */
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CustomerPicker, type Picked } from "@/customers/CustomerPicker";
import { useFormats } from "@/ui/formats";
import { Section } from "@/ui/Page";
import { ErrorNote, Loading } from "@/ui/States";
import { Overlap } from "./Overlap";
import { SegmentCount } from "./SegmentSummary";
import type { Tree } from "./tree";
import { usePreview, type Preview } from "./usePreview";
import { WhyDrawer } from "./WhyDrawer";
import "./segments.css";

const MOST_PEOPLE = 6;

export function PreviewPane({ tree, segmentId }: { tree: Tree | undefined; segmentId: number | undefined }) {
  const { t } = useTranslation("segments");
  const { preview, error, isBehind, retry } = usePreview(tree);
  const [asked, ask] = useState<Picked>();
  return (
    <div className="segment-preview">
      <Section title={t("preview.title")}>
        {tree === undefined && <p className="soft">{t("preview.unfinished")}</p>}
        {error && !isBehind ? <ErrorNote error={error} onRetry={() => void retry()} /> : null}
        {!preview && tree !== undefined && !error ? <Loading rows={3} /> : null}
        {preview && (
          <div className="segment-summary" data-behind={isBehind || tree === undefined} aria-live="polite" aria-busy={isBehind}>
            <SegmentCount preview={preview} />
            <p className="segment-words">{preview.words}</p>
            {preview.notes.map((note) => (
              <p key={note} className="segment-note">
                {note}
              </p>
            ))}
          </div>
        )}
      </Section>
      {preview && preview.people.length > 0 && (
        <Section title={t("preview.people")}>
          <People preview={preview} onWhy={ask} />
        </Section>
      )}
      {tree !== undefined && (
        <>
          <Section title={t("why.title")}>
            <p className="soft">{t("why.text")}</p>
            <CustomerPicker className="segment-picker" value={undefined} onChange={ask} placeholder={t("why.find")} />
          </Section>
          <Overlap tree={tree} segmentId={segmentId} />
        </>
      )}
      {tree !== undefined && asked && <WhyDrawer tree={tree} customer={asked} onClose={() => ask(undefined)} />}
    </div>
  );
}

/** The count in sight while one builds on a narrow screen. */
export function CountStrip({ tree }: { tree: Tree | undefined }) {
  const { t } = useTranslation("segments");
  const formats = useFormats();
  const { preview, isBehind } = usePreview(tree);
  if (!preview) return null;
  return (
    <div className="segment-strip" data-behind={isBehind || tree === undefined} aria-hidden="true">
      <strong>{formats.number(preview.count)}</strong> <span>{t("preview.of", { total: formats.number(preview.total) })}</span>
    </div>
  );
}

function People({ preview, onWhy }: { preview: Preview; onWhy: (customer: Picked) => void }) {
  const { t } = useTranslation("segments");
  return (
    <ul className="segment-people">
      {preview.people.slice(0, MOST_PEOPLE).map((person) => (
        <li key={person.id}>
          <span className="segment-person">
            <strong>{person.name}</strong>
            <span className="soft">{person.traits.map((trait) => `${trait.name}: ${trait.value}`).join(" · ")}</span>
          </span>
          <Button size="small" type="text" onClick={() => onWhy({ id: person.id, name: person.name })} aria-label={t("why.ofOne", { name: person.name })}>
            {t("why.short")}
          </Button>
        </li>
      ))}
    </ul>
  );
}
