/** Offers: what each says, what it costs at most, and what it binds until it is used or over. */
import { MoreOutlined, PlusOutlined, SearchOutlined } from "@ant-design/icons";
import { keepPreviousData } from "@tanstack/react-query";
import { App, Button, Drawer, Dropdown, Input, Segmented, Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { api, refresh } from "@/api/client";
import { FilterFold } from "@/ui/FilterFold";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { useMay } from "@/ui/me";
import { Page } from "@/ui/Page";
import { RecordTable, type Column } from "@/ui/RecordTable";
import { OfferForm, type Offer } from "./OfferForm";
import "./content.css";

const PAGE = 50;
const MICROS = 1_000_000;

export function Component() {
  const { t } = useTranslation("content");
  const mayWrite = useMay("content:write");
  const [search, setSearch] = useSearchParams();
  const [q, setQ] = useState("");
  const [isArchived, setArchived] = useState(false);
  const [limit, setLimit] = useState(PAGE);
  const listed = api.useQuery("get", "/api/offers", { params: { query: { q, archived: isArchived, limit, sort: "newest" } } }, { placeholderData: keepPreviousData });
  const open = (which: number | "new" | undefined) => setSearch(which === undefined ? {} : { offer: String(which) }, { replace: true });
  const chosen = search.get("offer");
  const offer = listed.data?.items.find((one) => String(one.id) === chosen);
  const columns = useColumns(mayWrite, open);
  const fresh = mayWrite && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => open("new")}>
      {t("offers.new")}
    </Button>
  );
  const filters = (
    <>
      <Input type="search" prefix={<SearchOutlined aria-hidden />} allowClear value={q} onChange={(event) => setQ(event.target.value)} placeholder={t("offers.search")} aria-label={t("offers.search")} className="gallery-search" />
      <FilterFold set={Number(isArchived)}>
        <Segmented value={isArchived ? "archived" : "used"} onChange={(value) => setArchived(value === "archived")} aria-label={t("list.which")} options={[{ value: "used", label: t("list.used") }, { value: "archived", label: t("list.archived") }]} />
      </FilterFold>
    </>
  );
  const isSearching = q !== "" || isArchived;
  return (
    <Page title={t("offers.title")} lead={t("offers.lead")} actions={fresh} help={<><p>{t("offers.help.liability")}</p><p>{t("offers.help.cap")}</p></>}>
      <RecordTable<Offer>
        name={t("offers.title")}
        columns={columns}
        rows={listed.data?.items}
        rowKey={(row) => row.id}
        error={listed.error}
        isLoading={listed.isFetching && !listed.data}
        onOpen={(row) => open(row.id)}
        filters={filters}
        exportTo={`/api/offers/export?q=${encodeURIComponent(q)}&archived=${String(isArchived)}`}
        hasMore={listed.data?.next !== null && listed.data?.next !== undefined}
        onMore={() => setLimit(limit + PAGE)}
        count={listed.data && t("offers.count", { count: listed.data.total })}
        empty={isSearching ? { title: t("offers.none"), text: t("offers.noneText") } : { title: t("offers.empty"), text: t("offers.emptyText"), action: fresh }}
      />
      <Drawer open={chosen === "new" || offer !== undefined} onClose={() => open(undefined)} size={560} title={offer?.name ?? t("offers.new")} destroyOnHidden>
        <OfferForm key={`${chosen}-${offer?.version}`} offer={offer} onSaved={() => open(undefined)} onCancel={() => open(undefined)} />
      </Drawer>
    </Page>
  );
}

function useColumns(mayWrite: boolean, open: (id: number) => void): Column<Offer>[] {
  const { t, i18n } = useTranslation("content");
  const formats = useFormats();
  const spoken = i18n.language.startsWith("zh") ? "zh" : "en";
  return [
    {
      key: "name",
      title: t("offer.name"),
      render: (_value, row) => (
        <Button type="link" className="cell-link" onClick={() => open(row.id)}>
          {row.name}
        </Button>
      ),
    },
    { key: "text", title: t("offers.says"), render: (_value, row) => row.text[spoken] || row.text.en || <span className="soft">{t("offerKind.none")}</span> },
    {
      key: "binds",
      title: t("offers.binds"),
      align: "right",
      render: (_value, row) => (
        <Figure label={t("offers.binds")} layout="bare" explain={row.liability.words} exact={formats.exact(row.liability.per_code / MICROS)}>
          {formats.money(row.liability.per_code / MICROS)}
        </Figure>
      ),
    },
    { key: "days", title: t("offer.days"), align: "right", render: (_value, row) => (row.kind === "none" ? "—" : row.valid_days) },
    { key: "prefix", title: t("offer.prefix"), dataIndex: "code_prefix", isOptional: true },
    { key: "state", title: t("offers.state"), render: (_value, row) => <Tag>{row.archived_at ? t("list.archived") : row.used_at ? t("offers.used") : t("offers.fresh")}</Tag> },
    { key: "more", title: "", width: 48, render: (_value, row) => (mayWrite ? <RowMenu offer={row} onOpen={open} /> : null) },
  ];
}

function RowMenu({ offer, onOpen }: { offer: Offer; onOpen: (id: number) => void }) {
  const { t } = useTranslation("content");
  const { message } = App.useApp();
  const params = { path: { offer_id: offer.id } };
  const failed = (error: { message: string }) => void message.error(error.message);
  const done = (text: string) => ({
    onSuccess: () => {
      void refresh("/api/offers");
      void message.success(text);
    },
    onError: failed,
  });
  const archive = api.useMutation("post", "/api/offers/{offer_id}/archive", done(t("done.archived")));
  const restore = api.useMutation("post", "/api/offers/{offer_id}/restore", done(t("done.restored")));
  const copy = api.useMutation("post", "/api/offers/{offer_id}/duplicate", { onSuccess: (made) => void refresh("/api/offers").then(() => onOpen(made.id)), onError: failed });
  const items = [
    { key: "copy", label: t("menu.duplicate"), onClick: () => copy.mutate({ params }) },
    offer.archived_at
      ? { key: "restore", label: t("menu.restore"), onClick: () => restore.mutate({ params }) }
      : { key: "archive", label: t("menu.archive"), onClick: () => archive.mutate({ params }) },
  ];
  return (
    <Dropdown menu={{ items }} trigger={["click"]}>
      <Button type="text" size="small" icon={<MoreOutlined />} aria-label={t("menu.of", { name: offer.name })} />
    </Dropdown>
  );
}
