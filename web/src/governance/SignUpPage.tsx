/** The first person signs up and becomes the owner; everybody later needs an invitation. */
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { LinkButton } from "@/ui/LinkButton";
import { Answer } from "@/ui/States";
import { AuthFrame } from "./AuthFrame";
import { SignUpForm } from "./SignUpForm";

export function Component() {
  const { t } = useTranslation("governance");
  const front = api.useQuery("get", "/api/front");
  const isOpen = front.data?.first_run ?? true;
  return (
    <AuthFrame title={isOpen ? t("signUp.title") : t("signUp.closed")} lead={isOpen ? t("signUp.lead") : t("signUp.closedText")}>
      <Answer of={front}>
        {() =>
          isOpen ? (
            <SignUpForm goTo="/start" action={t("signUp.do")} />
          ) : (
            <p>
              <LinkButton type="primary" size="large" to="/sign-in">
                {t("signUp.toSignIn")}
              </LinkButton>
            </p>
          )
        }
      </Answer>
    </AuthFrame>
  );
}
