declare const BADGATEWAY_VERSION: string | undefined;

/** That of the package; the build knows it. */
export const VERSION = typeof BADGATEWAY_VERSION === 'string' ? BADGATEWAY_VERSION : '0.0.0-source';
