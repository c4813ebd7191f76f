/** Which column a new rule is probably meant for: by what the columns mean, else by what they are called. */

const SIGNS: Readonly<Record<string, RegExp>> = {
  name: /name|姓名|名字/i,
  date: /date|birth|(?<!life)time(?!.?zone)|_at\b|日期|生日|时间/i,
  boolean: /consent|newsletter|^is_|^has_|同意|是否/i,
  currency: /currency|币种|货币/i,
  timezone: /time.?zone|时区/i,
  country: /country|国家/i,
  postcode: /post.?code|\bzip|邮编|邮政编码/i,
  address: /address|street|地址/i,
  number: /amount|price|total|revenue|income|金额|价格|收入/i,
  outliers: /amount|price|total|revenue|income|\bage\b|金额|价格|收入|年龄/i,
};

/** The column, or "" where none looks like it: a rule on the wrong column harms more than one that is still to be told. */
export function columnFor(kind: string, meanings: Readonly<Record<string, string>>): string {
  const columns = Object.keys(meanings);
  const meant = columns.find((column) => meanings[column] === kind);
  return meant ?? columns.find((column) => SIGNS[kind]?.test(`${column} ${meanings[column]}`)) ?? "";
}
