/** What each role may do: the very matrix that the server holds to. */
import { CheckOutlined } from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { useMe } from "@/ui/me";
import { Answer } from "@/ui/States";

export function RoleMatrix() {
  const { t } = useTranslation("governance");
  const me = useMe();
  const matrix = api.useQuery("get", "/api/roles");
  return (
    <Answer of={matrix} rows={12}>
      {({ scopes, roles }) => (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a wide table scrolls by keyboard too
        <div className="matrix-frame" tabIndex={0} role="region" aria-label={t("people.roles")}>
          <table className="matrix">
            <thead>
              <tr>
                <th scope="col">{t("matrix.may")}</th>
                {roles.map((role) => (
                  <th key={role.name} scope="col" data-own={role.name === me.role}>
                    {t(`role.${role.name}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {scopes.map((scope) => (
                <tr key={scope.name}>
                  <th scope="row">
                    {scope.meaning} <code>{scope.name}</code>
                  </th>
                  {roles.map((role) => (
                    <td key={role.name} data-own={role.name === me.role}>
                      {role.scopes.includes(scope.name) ? <CheckOutlined aria-label={t("matrix.yes")} /> : <span aria-label={t("matrix.no")}>–</span>}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Answer>
  );
}
