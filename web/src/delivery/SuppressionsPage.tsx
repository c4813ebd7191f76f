/** Addresses that are never written to, why, and a way to lift one with a reason. Stronger than any consent. */
import { PlusOutlined, SearchOutlined } from "@ant-design/icons";
import { useInfiniteQuery } from "@tanstack/react-query";
import { App, Button, Form, Input, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, fetcher, refresh } from "@/api/client";
import type { components } from "@/api/schema";
import { FilterFold } from "@/ui/FilterFold";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { useMay } from "@/ui/me";
import { Page } from "@/ui/Page";
import { RecordTable, type Column } from "@/ui/RecordTable";
import { ErrorNote } from "@/ui/States";
import "./delivery.css";

type Suppression = components["schemas"]["SuppressionOut"];
type SuppressionPage = components["schemas"]["SuppressionPageOut"];
const PAGE = 100;

export function Component() {
  const { t } = useTranslation("delivery");
  const mayWrite = useMay("customers:write");
  const [channel, setChannel] = useState<string>();
  const [q, setQ] = useState("");
  const [isAdding, add] = useState(false);
  const [lifted, lift] = useState<Suppression>();
  const query = { ...(channel && { channel }), ...(q.trim() && { q: q.trim() }), sort: "newest" as const };
  const pages = useInfiniteQuery({
    queryKey: ["get", "/api/suppressions", query],
    queryFn: async ({ pageParam, signal }) => (await fetcher.GET("/api/suppressions", { params: { query: { ...query, after: pageParam, limit: PAGE } }, signal })).data as SuppressionPage,
    initialPageParam: 0,
    getNextPageParam: (last) => last.next,
  });
  const exported = new URLSearchParams(query).toString();
  const fresh = mayWrite && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => add(true)}>
      {t("suppressions.add")}
    </Button>
  );
  const filters = (
    <>
      <Input type="search" prefix={<SearchOutlined aria-hidden />} allowClear value={q} onChange={(event) => setQ(event.target.value)} placeholder={t("suppressions.search")} aria-label={t("suppressions.search")} className="filter-wide" />
      <FilterFold set={Number(channel !== undefined)}>
        <ChannelSelect value={channel} onChange={setChannel} placeholder={t("filter.channel")} />
      </FilterFold>
    </>
  );
  const isFiltered = channel !== undefined || q !== "";
  return (
    <Page title={t("suppressions.title")} lead={t("suppressions.lead")} actions={fresh} help={<><p>{t("suppressions.help.what")}</p><p>{t("suppressions.help.lift")}</p></>}>
      <RecordTable<Suppression>
        name={t("suppressions.title")}
        columns={useColumns(mayWrite, lift)}
        rows={pages.data?.pages.flatMap((page) => page.items)}
        rowKey={(row) => row.id}
        error={pages.error}
        isLoading={pages.isFetchingNextPage}
        filters={filters}
        exportTo={`/api/suppressions/export?${exported}`}
        hasMore={pages.hasNextPage}
        onMore={() => void pages.fetchNextPage()}
        empty={isFiltered ? { title: t("suppressions.none"), text: t("suppressions.noneText") } : { title: t("suppressions.empty"), text: t("suppressions.emptyText") }}
      />
      {isAdding && <AddDialog onClose={() => add(false)} />}
      {lifted && <LiftDialog row={lifted} onClose={() => lift(undefined)} />}
    </Page>
  );
}

function useColumns(mayWrite: boolean, lift: (row: Suppression) => void): Column<Suppression>[] {
  const { t } = useTranslation("delivery");
  const formats = useFormats();
  const { now } = useCompany();
  return [
    { key: "address", title: t("suppressions.address"), dataIndex: "address" },
    { key: "channel", title: t("column.channel"), render: (_value, row) => (row.channel === "*" ? t("suppressions.everywhere") : row.channel) },
    { key: "reason", title: t("suppressions.reason"), render: (_value, row) => t(`suppressedBy.${row.reason}`, { defaultValue: row.reason }) /* keys: suppressedBy.* */ },
    { key: "at", title: t("suppressions.since"), render: (_value, row) => <time dateTime={row.at}>{formats.when(row.at, now())}</time> },
    {
      key: "lift",
      title: "",
      width: 90,
      align: "right",
      render: (_value, row) =>
        mayWrite && (
          <Button size="small" type="text" onClick={() => lift(row)} aria-label={t("suppressions.liftOf", { address: row.address })}>
            {t("suppressions.lift")}
          </Button>
        ),
    },
  ];
}

function ChannelSelect({ value, onChange, placeholder, hasAll = false }: { value: string | undefined; onChange: (value: string) => void; placeholder: string; hasAll?: boolean }) {
  const { t } = useTranslation("delivery");
  const channels = api.useQuery("get", "/api/channels", {});
  const names = [...new Set(["email", ...(channels.data ?? []).map((one) => one.name)])].map((name) => ({ value: name, label: name }));
  return <Select allowClear={!hasAll} className="filter" value={value} onChange={onChange} options={hasAll ? [{ value: "*", label: t("suppressions.everywhere") }, ...names] : names} placeholder={placeholder} aria-label={placeholder} />;
}

function AddDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("delivery");
  const { message } = App.useApp();
  const [channel, setChannel] = useState("email");
  const [address, setAddress] = useState("");
  const [reason, setReason] = useState("");
  const suppress = api.useMutation("post", "/api/suppressions", {
    onSuccess: () => {
      void refresh("/api/suppressions");
      void message.success(t("suppressions.added"));
      onClose();
    },
  });
  const submit = () => suppress.mutate({ body: { channel, address: address.trim(), reason: reason.trim() } });
  return (
    <Modal open title={t("suppressions.add")} onCancel={onClose} onOk={submit} okText={t("suppressions.addGo")} cancelText={t("cancel")} confirmLoading={suppress.isPending} okButtonProps={{ disabled: address.trim() === "" }}>
      {suppress.error && <ErrorNote error={suppress.error} />}
      <Form layout="vertical" onFinish={submit}>
        <Form.Item label={t("suppressions.address")} htmlFor="suppressed-address">
          <Input id="suppressed-address" autoFocus value={address} onChange={(event) => setAddress(event.target.value)} maxLength={512} />
        </Form.Item>
        <Form.Item label={t("column.channel")}>
          <ChannelSelect value={channel} onChange={setChannel} placeholder={t("column.channel")} hasAll />
        </Form.Item>
        <Form.Item label={t("suppressions.reason")} htmlFor="suppressed-reason">
          <Input id="suppressed-reason" value={reason} onChange={(event) => setReason(event.target.value)} maxLength={200} placeholder={t("suppressions.reasonHint")} />
        </Form.Item>
      </Form>
    </Modal>
  );
}

function LiftDialog({ row, onClose }: { row: Suppression; onClose: () => void }) {
  const { t } = useTranslation("delivery");
  const [reason, setReason] = useState("");
  const lift = api.useMutation("delete", "/api/suppressions", {
    onSuccess: () => {
      void refresh("/api/suppressions");
      onClose();
    },
  });
  const submit = () => lift.mutate({ params: { query: { channel: row.channel, address: row.address, reason: reason.trim() } } });
  return (
    <Modal open title={t("suppressions.liftSure", { address: row.address })} onCancel={onClose} onOk={submit} okText={t("suppressions.lift")} cancelText={t("cancel")} confirmLoading={lift.isPending} okButtonProps={{ danger: true, disabled: reason.trim() === "" }}>
      {lift.error && <ErrorNote error={lift.error} />}
      <p>{t("suppressions.liftText")}</p>
      <Input autoFocus value={reason} onChange={(event) => setReason(event.target.value)} onPressEnter={() => reason.trim() && submit()} maxLength={200} placeholder={t("suppressions.liftWhy")} aria-label={t("suppressions.liftWhy")} />
    </Modal>
  );
}
