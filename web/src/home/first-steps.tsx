import { Link } from '@tanstack/react-router';

/** Shown until a first job has ended: what to do next, with commands to copy. */
export function FirstSteps() {
  const base = window.location.origin;
  return (
    <section className="first-steps">
      <div className="section-head">
        <h2>First steps</h2>
        <span className="small quiet note">until the first job has ended</span>
      </div>
      <div className="panel panel-pad">
        <ol>
          <li>
            <b className="strong">Run something.</b>{' '}
            <Link to="/services/$name" params={{ name: 'hello' }}>
              hello
            </Link>{' '}
            takes a second; the result stands on its page.
            <pre className="code">npx orrery --help</pre>
          </li>
          <li>
            <b className="strong">Make a token for programs</b> and call the same from outside.
            <pre className="code">{`npx orrery token create --user admin\ncurl -H "Authorization: Bearer $ORRERY_TOKEN" \\\n  ${base}/rest/hello -d PHASE=RUN`}</pre>
          </li>
          <li>
            <b className="strong">Turn a script of yours into a service</b> with a form and a wire.
            <pre className="code">npx orrery uws define my-service.yaml</pre>
          </li>
        </ol>
      </div>
    </section>
  );
}
