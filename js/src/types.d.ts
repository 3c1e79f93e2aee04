declare module "*.css" {
  const text: string;
  export default text;
}
declare module "plotly.js-basic-dist-min";
