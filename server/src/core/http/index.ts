export { type AppOptions, type AppParts, createApp } from './app.ts';
export { asAppError, escapeHtml, htmlErrors, jsonErrors, textErrors } from './error-styles.ts';
export { type FormFields, readForm, takeAnyBody } from './lenient-form.ts';
export { notListening } from './listeners.ts';
export { type RouteRow, RouteTable } from './route-table.ts';
export { createSignedLinks, type SignedLinks } from './signed-links.ts';
export { streamEvents } from './sse.ts';
export { type App, absoluteUrl, type ErrorStyle, type RouteConfig } from './types.ts';
export { type ByteRange, readRange, userBytesHeaders } from './user-bytes.ts';
