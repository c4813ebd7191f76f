/** Who works here: people, open invitations, and what each role may do. */
import { UserAddOutlined } from "@ant-design/icons";
import { Button, Tabs } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useMay } from "@/ui/me";
import { Page } from "@/ui/Page";
import { InviteDialog } from "./InviteDialog";
import { Invitations } from "./Invitations";
import { PeopleTable } from "./PeopleTable";
import { RoleMatrix } from "./RoleMatrix";

export function Component() {
  const { t } = useTranslation("governance");
  const [search, setSearch] = useSearchParams();
  const [isInviting, setInviting] = useState(false);
  const mayInvite = useMay("users:write");
  const tabs = [
    {
      key: "people",
      label: t("people.tab"),
      children: (
        <>
          <PeopleTable />
          <Invitations />
        </>
      ),
    },
    { key: "roles", label: t("people.roles"), children: <RoleMatrix /> },
  ];
  const actions = mayInvite && (
    <Button type="primary" icon={<UserAddOutlined />} onClick={() => setInviting(true)}>
      {t("invite.open")}
    </Button>
  );
  return (
    <Page title={t("people.title")} lead={t("people.lead")} actions={actions} help={<><p>{t("people.help.roles")}</p><p>{t("people.help.leave")}</p></>}>
      <Tabs items={tabs} activeKey={search.get("tab") ?? "people"} onChange={(tab) => setSearch(tab === "people" ? {} : { tab }, { replace: true })} />
      <InviteDialog isOpen={isInviting} onClose={() => setInviting(false)} />
    </Page>
  );
}
