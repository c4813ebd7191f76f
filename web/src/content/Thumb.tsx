/** A small picture of a mail, drawn when it comes into sight. */
import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { fetcher } from "@/api/client";
import type { components } from "@/api/schema";
import { MailFrame } from "./MailFrame";

const MAIL_PX = 640;
const KEPT_MS = 300_000;
type Rendered = components["schemas"]["RenderedMessageOut"];

/** Whether the element was ever in sight, and how wide it is. */
function useSeen() {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const watcher = new IntersectionObserver(([entry]) => entry?.isIntersecting && setWidth(entry.boundingClientRect.width), { rootMargin: "200px" });
    const sizes = new ResizeObserver(([entry]) => setWidth((old) => (old > 0 && entry ? entry.contentRect.width : old)));
    if (place.current) {
      watcher.observe(place.current);
      sizes.observe(place.current);
    }
    return () => {
      watcher.disconnect();
      sizes.disconnect();
    };
  }, []);
  return { place, width, isSeen: width > 0 };
}

function Picture({ rendered, width }: { rendered: { html: string; text: string }; width: number }) {
  const { t } = useTranslation("content");
  if (!rendered.html) return <pre className="thumb-text">{rendered.text.slice(0, 600)}</pre>;
  return <MailFrame html={rendered.html} title={t("look.mail")} width={MAIL_PX} scale={width / MAIL_PX} />;
}

export function VariantThumb({ id, version }: { id: number; version: number }) {
  const { place, width, isSeen } = useSeen();
  const asked = useQuery({
    queryKey: ["get", "/api/variants/{variant_id}/preview", id, version],
    queryFn: async () => (await fetcher.POST("/api/variants/{variant_id}/preview", { params: { path: { variant_id: id } }, body: { customer_id: null } })).data as Rendered,
    enabled: isSeen,
    staleTime: KEPT_MS,
    retry: false,
  });
  return (
    <div ref={place} className="thumb" aria-hidden="true">
      {asked.data ? <Picture rendered={asked.data} width={width} /> : asked.isFetching && <Skeleton.Node active className="thumb-waits" />}
    </div>
  );
}

export function StarterThumb({ starter, values }: { starter: string; values: Record<string, string> }) {
  const { place, width, isSeen } = useSeen();
  const asked = useQuery({
    queryKey: ["get", "/api/variants/preview", "starter", starter, values],
    queryFn: async () => (await fetcher.POST("/api/variants/preview", { body: { subject: "x", design: { starter, values } } as never })).data as Rendered,
    enabled: isSeen,
    staleTime: KEPT_MS,
    retry: false,
  });
  return (
    <div ref={place} className="thumb" aria-hidden="true">
      {asked.data ? <Picture rendered={asked.data} width={width} /> : asked.isFetching && <Skeleton.Node active className="thumb-waits" />}
    </div>
  );
}
