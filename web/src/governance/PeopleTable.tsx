import { Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { components } from "@/api/schema";
import { useFormats } from "@/ui/formats";
import { useMay, useMe } from "@/ui/me";
import { RecordTable, type Column } from "@/ui/RecordTable";
import { PersonDrawer } from "./PersonDrawer";
import "./people.css";

type Person = components["schemas"]["UserOut"];

function useColumns(): Column<Person>[] {
  const { t } = useTranslation("governance");
  const { when } = useFormats();
  const me = useMe();
  return [
    {
      key: "name",
      title: t("people.person"),
      render: (_, person) => (
        <span className="people-who">
          <strong>{person.name || person.email}</strong>
          {person.name && <span>{person.email}</span>}
          {person.id === me.id && <Tag>{t("people.you")}</Tag>}
        </span>
      ),
    },
    { key: "role", title: t("people.role"), render: (_, person) => t(`role.${person.role}`) },
    {
      key: "state",
      title: t("people.state"),
      render: (_, person) => (person.disabled_at ? <Tag color="error">{t("people.disabled")}</Tag> : <span className="soft">{t("people.active")}</span>),
    },
    {
      key: "factor",
      title: t("factor.title"),
      render: (_, person) => <span className={person.second_factor ? "people-good" : "soft"}>{person.second_factor ? t("people.factorOn") : t("people.factorOff")}</span>,
    },
    { key: "last", title: t("people.last"), render: (_, person) => (person.last_login ? when(person.last_login, new Date()) : t("people.never")) },
  ];
}

export function PeopleTable() {
  const { t } = useTranslation("governance");
  const people = api.useQuery("get", "/api/users");
  const [openId, setOpenId] = useState<number>();
  const mayChange = useMay("users:write");
  const open = people.data?.items.find((person) => person.id === openId);
  return (
    <>
      <RecordTable<Person>
        name={t("people.tab")}
        columns={useColumns()}
        rows={people.data?.items}
        rowKey={(person) => person.id}
        error={people.error}
        exportTo="/api/users/export"
        {...(mayChange ? { onOpen: (person: Person) => setOpenId(person.id) } : {})}
        count={people.data && t("people.count", { count: people.data.total })}
        empty={{ title: t("people.tab"), text: t("people.lead") }}
      />
      <PersonDrawer person={open} onClose={() => setOpenId(undefined)} />
    </>
  );
}
