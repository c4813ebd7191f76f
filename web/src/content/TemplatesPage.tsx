/** The gallery of templates: a picture of each, its channel, languages and variants. */
import { DownloadOutlined, MoreOutlined, PlusOutlined, SearchOutlined } from "@ant-design/icons";
import { keepPreviousData } from "@tanstack/react-query";
import { App, Button, Dropdown, Input, Segmented, Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { api, refresh } from "@/api/client";
import type { components } from "@/api/schema";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { LinkButton } from "@/ui/LinkButton";
import { useMay } from "@/ui/me";
import { Page } from "@/ui/Page";
import { Answer, EmptyState } from "@/ui/States";
import { useTopic } from "@/ui/useTopic";
import { VariantThumb } from "./Thumb";
import "./content.css";

type Outline = components["schemas"]["TemplateOutline"];
const PAGE = 24;

export function Component() {
  const { t } = useTranslation("content");
  const mayWrite = useMay("content:write");
  const [q, setQ] = useState("");
  const [isArchived, setArchived] = useState(false);
  const [limit, setLimit] = useState(PAGE);
  const listed = api.useQuery("get", "/api/templates", { params: { query: { q, archived: isArchived, limit, sort: "newest" } } }, { placeholderData: keepPreviousData });
  const fresh = mayWrite && (
    <LinkButton type="primary" icon={<PlusOutlined />} to="/templates/new">
      {t("templates.new")}
    </LinkButton>
  );
  const isSearching = q !== "" || isArchived;
  return (
    <Page title={t("templates.title")} lead={t("templates.lead")} actions={fresh} help={<><p>{t("templates.help.variants")}</p><p>{t("templates.help.archive")}</p></>}>
      <div className="gallery-bar">
        <Input type="search" prefix={<SearchOutlined aria-hidden />} allowClear value={q} onChange={(event) => setQ(event.target.value)} placeholder={t("templates.search")} aria-label={t("templates.search")} className="gallery-search" />
        <Segmented value={isArchived ? "archived" : "used"} onChange={(value) => setArchived(value === "archived")} aria-label={t("list.which")} options={[{ value: "used", label: t("list.used") }, { value: "archived", label: t("list.archived") }]} />
        <Button type="text" icon={<DownloadOutlined />} href={`/api/templates/export?q=${encodeURIComponent(q)}&archived=${String(isArchived)}`} download aria-label={t("list.export")} title={t("list.export")} />
      </div>
      <Answer of={listed} rows={8}>
        {(page) =>
          page.items.length === 0 ? (
            <EmptyState title={isSearching ? t("templates.none") : t("templates.empty")} action={isSearching ? undefined : fresh}>
              {isSearching ? t("templates.noneText") : t("templates.emptyText")}
            </EmptyState>
          ) : (
            <>
              <ul className="gallery">
                {page.items.map((template) => (
                  <Card key={template.id} template={template} mayWrite={mayWrite} />
                ))}
              </ul>
              {page.next !== null && <Button onClick={() => setLimit(limit + PAGE)}>{t("list.more")}</Button>}
            </>
          )
        }
      </Answer>
    </Page>
  );
}

function Card({ template, mayWrite }: { template: Outline; mayWrite: boolean }) {
  const { t } = useTranslation("content");
  const topic = useTopic();
  const formats = useFormats();
  const { now } = useCompany();
  const [first] = template.variants;
  const tongues = [...new Set(template.variants.map((variant) => variant.language))].filter(Boolean);
  return (
    <li className="gallery-card">
      {first ? <VariantThumb id={first.id} version={first.version} /> : <div className="thumb thumb-none">{t("templates.noVariant")}</div>}
      <div className="gallery-words">
        <div className="gallery-head">
          <Link to={`/templates/${template.id}`}>{template.name}</Link>
          {mayWrite && <CardMenu template={template} />}
        </div>
        <span className="gallery-facts">
          <Tag>{template.channel}</Tag>
          {template.purpose !== "marketing" && <Tag>{topic.purpose(template.purpose)}</Tag>}
          {tongues.map((tongue) => (
            <Tag key={tongue}>{t(`tongue.${tongue as "en" | "zh"}`)}</Tag>
          ))}
        </span>
        <span className="soft">
          {t("templates.variants", { count: template.variants.length })} · <time dateTime={template.updated_at}>{formats.when(template.updated_at, now())}</time>
        </span>
      </div>
    </li>
  );
}

function CardMenu({ template }: { template: Outline }) {
  const { t } = useTranslation("content");
  const { message } = App.useApp();
  const go = useNavigate();
  const params = { path: { template_id: template.id } };
  const done = (text: string) => ({
    onSuccess: () => {
      void refresh("/api/templates");
      void message.success(text);
    },
    onError: (error: { message: string }) => void message.error(error.message),
  });
  const archive = api.useMutation("post", "/api/templates/{template_id}/archive", done(t("done.archived")));
  const restore = api.useMutation("post", "/api/templates/{template_id}/restore", done(t("done.restored")));
  const copy = api.useMutation("post", "/api/templates/{template_id}/duplicate", {
    onSuccess: (made) => {
      void refresh("/api/templates");
      void go(`/templates/${made.id}`);
    },
  });
  const items = [
    { key: "copy", label: t("menu.duplicate"), onClick: () => copy.mutate({ params }) },
    template.archived_at
      ? { key: "restore", label: t("menu.restore"), onClick: () => restore.mutate({ params }) }
      : { key: "archive", label: t("menu.archive"), onClick: () => archive.mutate({ params }) },
  ];
  return (
    <Dropdown menu={{ items }} trigger={["click"]}>
      <Button type="text" size="small" icon={<MoreOutlined />} aria-label={t("menu.of", { name: template.name })} />
    </Dropdown>
  );
}
