/** What surrounds every page: data, language, look, addresses. */
import { QueryClientProvider } from "@tanstack/react-query";
import { App as AntApp, ConfigProvider } from "antd";
import en from "antd/locale/en_US";
import zh from "antd/locale/zh_CN";
import { useTranslation } from "react-i18next";
import { RouterProvider } from "react-router/dom";
import { queries } from "@/api/client";
import { SchemeContext, useSchemeChoice } from "@/ui/scheme";
import { themeOf } from "@/ui/theme";
import { lendNonce, nonce } from "@/ui/nonce";
import { router } from "./router";

lendNonce();

export function App() {
  const { i18n } = useTranslation();
  const scheme = useSchemeChoice();
  return (
    <QueryClientProvider client={queries}>
      <SchemeContext value={scheme}>
        <ConfigProvider locale={i18n.language === "zh-hans" ? zh : en} theme={themeOf(scheme.scheme)} csp={nonce ? { nonce } : {}} button={{ autoInsertSpace: false }}>
          <AntApp component={false}>
            <RouterProvider router={router} />
          </AntApp>
        </ConfigProvider>
      </SchemeContext>
    </QueryClientProvider>
  );
}
