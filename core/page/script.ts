/** A convenience only: buttons that copy commands, and what is folded away is printed. The page is whole without it. */
export const SCRIPT = `
'use strict';
(function () {
  var status = document.createElement('p');
  status.className = 'unseen';
  status.setAttribute('role', 'status');
  document.querySelector('main').appendChild(status);
  function copyByHand(node) {
    var range = document.createRange();
    range.selectNodeContents(node);
    var selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    return document.execCommand('copy');
  }
  function tell(button, done) {
    button.textContent = done ? 'Copied' : 'Selected';
    status.textContent = done ? 'Copied to the clipboard' : 'Selected; copy it by hand';
    setTimeout(function () { button.textContent = 'Copy'; status.textContent = ''; }, 2000);
  }
  document.querySelectorAll('.commands').forEach(function (block) {
    var text = block.querySelector('pre');
    var button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'Copy';
    button.setAttribute('aria-label', 'Copy ' + text.getAttribute('aria-label').replace(/^C/, 'c'));
    button.addEventListener('click', function () {
      var byHand = function () { tell(button, copyByHand(text)); };
      if (!navigator.clipboard) return byHand();
      navigator.clipboard.writeText(text.textContent).then(function () { tell(button, true); }, byHand);
    });
    block.appendChild(button);
  });
  var opened = [];
  addEventListener('beforeprint', function () {
    opened = Array.prototype.slice.call(document.querySelectorAll('details:not([open])'));
    opened.forEach(function (one) { one.open = true; });
  });
  addEventListener('afterprint', function () {
    opened.forEach(function (one) { one.open = false; });
  });
})();
`;
