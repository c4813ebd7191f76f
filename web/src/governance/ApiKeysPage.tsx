/** API keys: what programs use. Made with chosen scopes, shown once. */
import { PlusOutlined } from "@ant-design/icons";
import { Button, Popconfirm, Tag, Tooltip } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, refresh } from "@/api/client";
import type { components } from "@/api/schema";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { useMay } from "@/ui/me";
import { Page } from "@/ui/Page";
import { RecordTable, type Column } from "@/ui/RecordTable";
import { ErrorNote } from "@/ui/States";
import { NewKeyDialog } from "./NewKeyDialog";
import "./people.css";

type Key = components["schemas"]["ApiKeyOut"];

function useColumns(revoke: (key: Key) => void, may: boolean): Column<Key>[] {
  const { t } = useTranslation("governance");
  const { when } = useFormats();
  const { now } = useCompany();
  return [
    { key: "name", title: t("keys.name"), render: (_, key) => <strong className="key-name">{key.name}</strong> },
    { key: "prefix", title: t("keys.prefix"), render: (_, key) => <code>{`${key.prefix}…`}</code> },
    {
      key: "scopes",
      title: t("keys.scopes"),
      render: (_, key) => (
        <Tooltip title={key.scopes.join(", ")} trigger={["hover", "focus"]}>
          {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the list opens by focus too */}
          <span tabIndex={0}>{key.kind === "write" ? t("keys.writeOnly") : t("keys.scopeCount", { count: key.scopes.length })}</span>
        </Tooltip>
      ),
    },
    { key: "created", title: t("keys.created"), render: (_, key) => when(key.created_at, now()) },
    {
      key: "state",
      title: t("people.state"),
      align: "right",
      render: (_, key) =>
        key.revoked_at ? (
          <Tag>{t("keys.revoked", { when: when(key.revoked_at, now()) })}</Tag>
        ) : (
          may && (
            <Popconfirm title={t("keys.revokeSure", { name: key.name })} description={t("keys.revokeText")} okText={t("keys.revoke")} cancelText={t("keep")} onConfirm={() => revoke(key)}>
              <Button size="small" danger>
                {t("keys.revoke")}
              </Button>
            </Popconfirm>
          )
        ),
    },
  ];
}

export function Component() {
  const { t } = useTranslation("governance");
  const may = useMay("keys:write");
  const [isMaking, setMaking] = useState(false);
  const keys = api.useQuery("get", "/api/api-keys");
  const revoke = api.useMutation("delete", "/api/api-keys/{key_id}", { onSettled: () => void refresh("/api/api-keys") });
  const columns = useColumns((key) => revoke.mutate({ params: { path: { key_id: key.id } } }), may);
  const begin = may && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setMaking(true)}>
      {t("keys.new")}
    </Button>
  );
  return (
    <Page title={t("keys.title")} lead={t("keys.lead")} actions={begin} help={<><p>{t("keys.help.scopes")}</p><p>{t("keys.help.lost")}</p></>}>
      {revoke.error && <ErrorNote error={revoke.error} />}
      <RecordTable<Key>
        name={t("keys.title")}
        columns={columns}
        rows={keys.data?.toReversed()}
        rowKey={(key) => key.id}
        error={keys.error}
        empty={{ title: t("keys.none"), text: t("keys.lead"), action: begin || undefined }}
      />
      <NewKeyDialog isOpen={isMaking} onClose={() => setMaking(false)} />
    </Page>
  );
}
