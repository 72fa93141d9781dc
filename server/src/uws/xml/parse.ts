import { SaxesParser } from 'saxes';
import { AppError } from '../../core/errors.ts';

export interface XmlElement {
  /** Local name, without prefix. */
  name: string;
  uri: string;
  attributes: Record<string, string>;
  children: XmlElement[];
  /** Character content, CDATA included, of this element alone. */
  text: string;
  line: number;
}

const maxDepth = 100;

/**
 * Parses a whole document. Document type declarations are refused: they are the door of entity bombs, and no
 * document we read needs one.
 */
export function parseXml(source: string): XmlElement {
  const parser = new SaxesParser({ xmlns: true, position: true });
  const open: XmlElement[] = [];
  let root: XmlElement | undefined;
  parser.on('error', (error) => {
    throw notXml(error.message);
  });
  parser.on('doctype', () => {
    throw notXml(`line ${parser.line}: document type declarations are not accepted`);
  });
  parser.on('opentag', (tag) => {
    const element: XmlElement = {
      name: tag.local,
      uri: tag.uri,
      attributes: Object.fromEntries(Object.values(tag.attributes).map((each) => [each.local, each.value])),
      children: [],
      text: '',
      line: parser.line,
    };
    if (open.length >= maxDepth) throw notXml(`line ${parser.line}: more than ${maxDepth} levels`);
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  parser.on('closetag', () => void open.pop());
  const addText = (text: string) => {
    const current = open.at(-1);
    if (current !== undefined) current.text += text;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.write(source).close();
  if (root === undefined) throw notXml('there is no element');
  return root;
}

function notXml(reason: string): AppError {
  return new AppError('invalid', 'uws.xml-unreadable', `This is not well-formed XML: ${reason}.`);
}

export function childNamed(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((child) => child.name === name);
}

export function childrenNamed(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child) => child.name === name);
}
