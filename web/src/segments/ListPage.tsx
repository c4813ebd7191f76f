/** All segments: who they are, in words, and how many; archived ones apart. */
import { MoreOutlined, PlusOutlined, SearchOutlined } from "@ant-design/icons";
import { keepPreviousData } from "@tanstack/react-query";
import { App, Button, Dropdown, Input, Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { api, refresh } from "@/api/client";
import type { components } from "@/api/schema";
import { FilterFold } from "@/ui/FilterFold";
import { useCompany } from "@/ui/company";
import { Cut } from "@/ui/Cut";
import { useFormats } from "@/ui/formats";
import { LinkButton } from "@/ui/LinkButton";
import { useMay } from "@/ui/me";
import { Page } from "@/ui/Page";
import { RecordTable, type Column } from "@/ui/RecordTable";
import { CountCell } from "./CountCell";
import { useSettled } from "./usePreview";
import "./segments.css";

type Segment = components["schemas"]["SegmentOut"];
const PAGE = 50;

export function Component() {
  const { t } = useTranslation("segments");
  const go = useNavigate();
  const mayWrite = useMay("segments:write");
  const [q, setQ] = useState("");
  const [isArchived, setArchived] = useState(false);
  const [limit, setLimit] = useState(PAGE);
  const words = useSettled(q);
  const listed = api.useQuery("get", "/api/segments", { params: { query: { q: words, archived: isArchived, limit } } }, { placeholderData: keepPreviousData });
  const columns = useColumns(mayWrite);
  const filters = (
    <>
      <Input type="search" prefix={<SearchOutlined aria-hidden />} allowClear value={q} onChange={(event) => setQ(event.target.value)} placeholder={t("list.search")} aria-label={t("list.search")} className="list-search" />
      <FilterFold set={Number(isArchived)}>
        <Segmented
          value={isArchived ? "archived" : "used"}
          onChange={(value) => setArchived(value === "archived")}
          aria-label={t("list.which")}
          options={[
            { value: "used", label: t("list.used") },
            { value: "archived", label: t("list.archived") },
          ]}
        />
      </FilterFold>
    </>
  );
  const fresh = mayWrite && (
    <LinkButton type="primary" icon={<PlusOutlined />} to="/segments/new">
      {t("list.new")}
    </LinkButton>
  );
  const isSearching = words !== "" || isArchived;
  return (
    <Page title={t("list.title")} lead={t("list.lead")} actions={fresh} help={<><p>{t("list.help.what")}</p><p>{t("list.help.campaigns")}</p></>}>
      <RecordTable<Segment>
        name={t("list.title")}
        columns={columns}
        rows={listed.data?.items}
        rowKey={(row) => row.id}
        error={listed.error}
        isLoading={listed.isFetching && !listed.data}
        onOpen={(row) => void go(`/segments/${row.id}`)}
        filters={filters}
        exportTo={`/api/segments/export?q=${encodeURIComponent(words)}&archived=${String(isArchived)}`}
        hasMore={listed.data?.next !== null && listed.data?.next !== undefined}
        onMore={() => setLimit(limit + PAGE)}
        count={listed.data && t("list.count", { count: listed.data.total })}
        empty={isSearching ? { title: t("list.none"), text: t("list.noneText") } : { title: t("list.empty"), text: t("list.emptyText"), action: fresh }}
      />
    </Page>
  );
}

function useColumns(mayWrite: boolean): Column<Segment>[] {
  const { t } = useTranslation("segments");
  const formats = useFormats();
  const { now } = useCompany();
  return [
    {
      key: "name",
      title: t("list.name"),
      width: 200,
      render: (_value, row) => (
        <span className="segment-name">
          <Link to={`/segments/${row.id}`}>{row.name}</Link>
          {row.description && <span className="soft">{row.description}</span>}
        </span>
      ),
    },
    { key: "words", title: t("list.words"), render: (_value, row) => <Cut text={row.words} width={600} /> },
    { key: "count", title: t("list.size"), width: 120, align: "right", render: (_value, row) => <CountCell segment={row} /> },
    { key: "updated", title: t("list.updated"), width: 140, render: (_value, row) => <time dateTime={row.updated_at}>{formats.when(row.updated_at, now())}</time> },
    { key: "more", title: "", width: 48, render: (_value, row) => (mayWrite ? <RowMenu segment={row} /> : null) },
  ];
}

function RowMenu({ segment }: { segment: Segment }) {
  const { t } = useTranslation("segments");
  const { message, modal } = App.useApp();
  const go = useNavigate();
  const params = { path: { segment_id: segment.id } };
  const done = (text: string) => ({
    onSuccess: () => {
      void refresh("/api/segments");
      void message.success(text);
    },
    onError: (error: { message: string }) => void message.error(error.message),
  });
  const archive = api.useMutation("post", "/api/segments/{segment_id}/archive", done(t("done.archived")));
  const restore = api.useMutation("post", "/api/segments/{segment_id}/restore", done(t("done.restored")));
  const remove = api.useMutation("delete", "/api/segments/{segment_id}", done(t("done.deleted")));
  const copy = api.useMutation("post", "/api/segments/{segment_id}/duplicate", {
    onSuccess: (made) => {
      void refresh("/api/segments");
      void go(`/segments/${made.id}`);
    },
  });
  const sure = () => modal.confirm({ title: t("delete.title", { name: segment.name }), content: t("delete.text"), okText: t("menu.delete"), cancelText: t("keep"), okButtonProps: { danger: true }, onOk: () => remove.mutate({ params }) });
  const items = [
    { key: "copy", label: t("menu.duplicate"), onClick: () => copy.mutate({ params }) },
    segment.archived_at
      ? { key: "restore", label: t("menu.restore"), onClick: () => restore.mutate({ params }) }
      : { key: "archive", label: t("menu.archive"), onClick: () => archive.mutate({ params }) },
    { key: "delete", label: t("menu.delete"), danger: true, onClick: sure },
  ];
  return (
    <Dropdown menu={{ items }} trigger={["click"]}>
      <Button type="text" size="small" icon={<MoreOutlined />} aria-label={t("menu.of", { name: segment.name })} />
    </Dropdown>
  );
}
