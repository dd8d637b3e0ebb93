/** The texts that stand for a missing value. */

/** What is read as missing unless the `missing` option says otherwise. The empty field always is. */
export const defaultMissing: readonly string[] = ['', 'NA', 'N/A', 'NaN', 'nan', 'null', 'NULL', 'None', '<NA>', '#N/A']
