/** Who is in a kept segment now, page by page, to look through and to take away as a file. */
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { fetcher } from "@/api/client";
import type { components } from "@/api/schema";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { Section } from "@/ui/Page";
import { RecordTable, type Column } from "@/ui/RecordTable";
import { useInfiniteQuery } from "@tanstack/react-query";

type Page = components["schemas"]["SegmentMembersOut"];
type Member = components["schemas"]["SegmentMemberOut"];
const PAGE = 50;

export function Members({ segment }: { segment: { id: number; name: string; version: number } }) {
  const { t } = useTranslation("segments");
  const [isOpen, open] = useState(false);
  return (
    <Section title={t("members.title")} extra={!isOpen && <Button size="small" onClick={() => open(true)}>{t("members.open")}</Button>}>
      {isOpen ? <Table segment={segment} /> : <p className="soft">{t("members.text")}</p>}
    </Section>
  );
}

function Table({ segment }: { segment: { id: number; version: number } }) {
  const { t } = useTranslation("segments");
  const go = useNavigate();
  const formats = useFormats();
  const { now } = useCompany();
  const pages = useInfiniteQuery({
    queryKey: ["get", "/api/segments/{segment_id}/members", segment.id, segment.version],
    queryFn: async ({ pageParam, signal }) => {
      const params = { path: { segment_id: segment.id }, query: { after: pageParam, limit: PAGE } };
      return (await fetcher.GET("/api/segments/{segment_id}/members", { params, signal })).data as Page;
    },
    initialPageParam: 0,
    getNextPageParam: (last) => last.next,
  });
  const [first] = pages.data?.pages ?? [];
  const columns: Column<Member>[] = [
    { key: "name", title: t("members.name"), render: (_value, row) => <Link to={`/customers/${row.id}`}>{row.name}</Link> },
    { key: "email", title: t("members.email"), dataIndex: "email" },
    { key: "language", title: t("members.language"), dataIndex: "language", width: 100 },
    { key: "created", title: t("members.since"), width: 140, render: (_value, row) => formats.when(row.created_at, now()) },
  ];
  return (
    <RecordTable<Member>
      name={t("members.title")}
      columns={columns}
      rows={pages.data?.pages.flatMap((page) => page.items)}
      rowKey={(row) => row.id}
      error={pages.error}
      isLoading={pages.isFetchingNextPage}
      onOpen={(row) => void go(`/customers/${row.id}`)}
      exportTo={`/api/segments/${segment.id}/members/export`}
      hasMore={pages.hasNextPage}
      onMore={() => void pages.fetchNextPage()}
      count={first && t("members.count", { count: first.total, moment: formats.moment(first.counted_at) })}
      empty={{ title: t("members.none"), text: t("members.noneText") }}
    />
  );
}
