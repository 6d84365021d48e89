/** The Gunicorn versions in lab/requirements; each stands for a behaviour that changed. */
export const GUNICORN = {
  /** Says nothing when a worker dies of a signal. */
  silent: '20.0.4',
  /** "terminated due to signal N". */
  v20: '20.1.0',
  /** Last one whose sync worker ends a timed-out request without an answer. */
  v21: '21.2.0',
  /** First one whose sync worker answers 500 to a timed-out request. */
  v22: '22.0.0',
  /** What most people run; its venv also has uvicorn, gevent and tornado. */
  v23: '23.0.0',
  /** Never reaps dead workers ("Unhandled signal: cld"). */
  v24: '24.0.0',
  /** The newest on PyPI when the fixtures were recorded. */
  newest: '27.0.1',
} as const;
