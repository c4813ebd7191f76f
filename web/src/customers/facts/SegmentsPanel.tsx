/** The segments a customer is in now, each with its reasons. */
import { CheckCircleFilled, MinusCircleOutlined } from "@ant-design/icons";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api } from "@/api/client";
import type { components } from "@/api/schema";
import { Section } from "@/ui/Page";
import { Answer } from "@/ui/States";
import "./facts.css";

type Belonging = components["schemas"]["CustomerSegmentOut"];
type Group = "all" | "any" | "not";

export function SegmentsPanel({ id }: { id: number }) {
  const { t } = useTranslation("facts");
  const asked = api.useQuery("get", "/api/customers/{customer_id}/segments", { params: { path: { customer_id: id } } }, { staleTime: 30_000 });
  return (
    <Section title={t("segment.title")}>
      <Answer of={asked} rows={2}>
        {(segments) =>
          segments.length === 0 ? (
            <p className="soft">{t("segment.none")}</p>
          ) : (
            <ul className="facts-segments">
              {segments.map((segment) => (
                <Line key={segment.id} segment={segment} />
              ))}
            </ul>
          )
        }
      </Answer>
    </Section>
  );
}

function Line({ segment }: { segment: Belonging }) {
  const { t } = useTranslation("facts");
  const { t: words } = useTranslation("segments");
  const [isOpen, setOpen] = useState(false);
  // keys: segments:why.group.*
  return (
    <li>
      <span className="facts-segment">
        <Link to={`/segments/${segment.id}`} lang="und">
          {segment.name}
        </Link>
        <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {t("segment.why")}
        </button>
      </span>
      {isOpen && (
        <ul className="facts-reasons">
          {segment.conditions.map((one) => (
            <li key={one.place} style={{ paddingInlineStart: (one.depth - 1) * 16 }}>
              {one.holds ? <CheckCircleFilled aria-label={words("why.holds")} /> : <MinusCircleOutlined aria-label={words("why.fails")} />}
              <span>
                {one.kind === "all" || one.kind === "any" || one.kind === "not" ? words(`why.group.${one.kind as Group}`) : one.words}
                {one.seen && <small className="soft">{words("why.seen", { seen: one.seen })}</small>}
              </span>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
