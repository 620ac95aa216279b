# Accuracy against latency: digits-cnn
# Run in this folder: gnuplot accuracy-latency-digits-cnn-batch-32.gp
set encoding utf8
points = 'accuracy-latency-digits-cnn-batch-32.dat'
do for [picture = 1:2] {
if (picture == 1) {
set terminal svg noenhanced size 1082,560 font 'DejaVu Sans,12' background '#ffffff'
set output 'accuracy-latency-digits-cnn-batch-32.svg'
}
if (picture == 2) {
set terminal pngcairo noenhanced size 2164,1120 font 'DejaVu Sans,12' fontscale 1.5 linewidth 2 pointscale 2.6 background '#ffffff'
set output 'accuracy-latency-digits-cnn-batch-32.png'
}
reset
set lmargin at screen 0.07394; set rmargin at screen 0.80951; set bmargin at screen 0.16786; set tmargin at screen 0.85
set border 3 linecolor rgb '#555555'
set tics nomirror out scale 0.6 textcolor rgb '#000000'
set grid linetype 1 linecolor rgb '#E4E4E4' linewidth 1
unset key
set label 'Accuracy against latency: digits-cnn' at screen 0.01479, screen 0.96071 left front font ',15' textcolor rgb '#000000'
set label 'onnxruntime 1.31.1, cpu, 1 thread, batch 32, single-stream' at screen 0.01479, screen 0.92143 left front font ',11' textcolor rgb '#555555'
set xrange [170.99838999999997:529.46461] noextend
unset logscale x
set xtics ('200' 200.0, '250' 250.0, '300' 300.0, '350' 350.0, '400' 400.0, '450' 450.0, '500' 500.0)
set yrange [4.900399754234714:106.58979802692181] noextend
unset logscale y
set ytics ('20' 20.0, '40' 40.0, '60' 60.0, '80' 80.0, '100' 100.0)
set xlabel 'median latency of one inference, µs'
set ylabel 'top-1 accuracy, %' offset 0.5,0
set label '1' at screen 0.70768, screen 0.82523 center front font ',12' textcolor rgb '#000000'
set label '2' at screen 0.73343, screen 0.74383 center front font ',12' textcolor rgb '#000000'
set label '3' at screen 0.73475, screen 0.33507 center front font ',12' textcolor rgb '#000000'
set label '4' at screen 0.73271, screen 0.22495 center front font ',12' textcolor rgb '#000000'
set label '5' at screen 0.75434, screen 0.75166 center front font ',12' textcolor rgb '#000000'
set arrow from screen 0.72318, screen 0.80094 to screen 0.74906, screen 0.76594 nohead front linewidth 0.7 linecolor rgb '#999999'
set label '6' at screen 0.1698, screen 0.82485 center front font ',12' textcolor rgb '#000000'
set label '7' at screen 0.16976, screen 0.77666 center front font ',12' textcolor rgb '#000000'
set label '8' at screen 0.12551, screen 0.80057 center front font ',12' textcolor rgb '#000000'
set arrow from screen 0.15667, screen 0.80057 to screen 0.1308, screen 0.80057 nohead front linewidth 0.7 linecolor rgb '#999999'
set label '9' at screen 0.12653, screen 0.75166 center front font ',12' textcolor rgb '#000000'
set arrow from screen 0.1577, screen 0.80094 to screen 0.13182, screen 0.76594 nohead front linewidth 0.7 linecolor rgb '#999999'
set label '10' at screen 0.18938, screen 0.82521 center front font ',12' textcolor rgb '#000000'
set arrow from screen 0.15478, screen 0.80057 to screen 0.18066, screen 0.81093 nohead front linewidth 0.7 linecolor rgb '#999999'
set label '11' at screen 0.08878, screen 0.75343 center front font ',12' textcolor rgb '#000000'
set arrow from screen 0.15665, screen 0.80057 to screen 0.0975, screen 0.76771 nohead front linewidth 0.7 linecolor rgb '#999999'
set label '12' at screen 0.74133, screen 0.82523 center front font ',12' textcolor rgb '#000000'
set label '13' at screen 0.17345, screen 0.72253 center front font ',12' textcolor rgb '#000000'
set label '1' at screen 0.84278, screen 0.83214 right front font ',11' textcolor rgb '#555555'
set label 'baseline' at screen 0.85018, screen 0.83214 left front font ',11' textcolor rgb '#000000'
set label '2' at screen 0.84278, screen 0.79821 right front font ',11' textcolor rgb '#555555'
set label 'pruned-50' at screen 0.85018, screen 0.79821 left front font ',11' textcolor rgb '#000000'
set label '3' at screen 0.84278, screen 0.76429 right front font ',11' textcolor rgb '#555555'
set label 'pruned-90' at screen 0.85018, screen 0.76429 left front font ',11' textcolor rgb '#000000'
set label '4' at screen 0.84278, screen 0.73036 right front font ',11' textcolor rgb '#555555'
set label 'pruned-90-per-layer' at screen 0.85018, screen 0.73036 left front font ',11' textcolor rgb '#000000'
set label '5' at screen 0.84278, screen 0.69643 right front font ',11' textcolor rgb '#555555'
set label 'dynamic-int8' at screen 0.85018, screen 0.69643 left front font ',11' textcolor rgb '#000000'
set label '6' at screen 0.84278, screen 0.6625 right front font ',11' textcolor rgb '#555555'
set label 'int8' at screen 0.85018, screen 0.6625 left front font ',11' textcolor rgb '#000000'
set label '7' at screen 0.84278, screen 0.62857 right front font ',11' textcolor rgb '#555555'
set label 'int8-percentile' at screen 0.85018, screen 0.62857 left front font ',11' textcolor rgb '#000000'
set label '8' at screen 0.84278, screen 0.59464 right front font ',11' textcolor rgb '#555555'
set label 'int8-entropy' at screen 0.85018, screen 0.59464 left front font ',11' textcolor rgb '#000000'
set label '9' at screen 0.84278, screen 0.56071 right front font ',11' textcolor rgb '#555555'
set label 'int8-mse' at screen 0.85018, screen 0.56071 left front font ',11' textcolor rgb '#000000'
set label '10' at screen 0.84278, screen 0.52679 right front font ',11' textcolor rgb '#555555'
set label 'int8-per-tensor' at screen 0.85018, screen 0.52679 left front font ',11' textcolor rgb '#000000'
set label '11' at screen 0.84278, screen 0.49286 right front font ',11' textcolor rgb '#555555'
set label 'int8-signed-activations' at screen 0.85018, screen 0.49286 left front font ',11' textcolor rgb '#000000'
set label '12' at screen 0.84278, screen 0.45893 right front font ',11' textcolor rgb '#555555'
set label 'float16' at screen 0.85018, screen 0.45893 left front font ',11' textcolor rgb '#000000'
set label '13' at screen 0.84278, screen 0.425 right front font ',11' textcolor rgb '#555555'
set label 'pruned-int8' at screen 0.85018, screen 0.425 left front font ',11' textcolor rgb '#000000'
set arrow from screen 0.16849, screen 0.02857 to screen 0.20176, screen 0.02857 nohead front dashtype 2 linewidth 1.6 linecolor rgb '#009E73'
set label 'Pareto front' at screen 0.20731, screen 0.02857 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.30501, screen 0.02857 front point pointtype 13 pointsize 1.0 linecolor rgb '#000000'
set label 'baseline' at screen 0.3198, screen 0.02857 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.39657, screen 0.02857 front point pointtype 7 pointsize 0.9 linecolor rgb '#0072B2'
set label 'on the front' at screen 0.41135, screen 0.02857 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.50571, screen 0.02857 front point pointtype 6 pointsize 0.9 linecolor rgb '#D55E00'
set label 'others (all bars: 95 % intervals)' at screen 0.52049, screen 0.02857 left front font ',11' textcolor rgb '#000000'
plot points every :::0::0 using 1:4 with steps linewidth 1.6 dashtype 2 linecolor rgb '#009E73', points every :::1::1 using 1:4:2:3:5:6 with xyerrorbars pointtype -1 linewidth 1.2 linecolor rgb '#000000', points every :::1::1 using 1:4 with points pointtype 13 pointsize 1.0 linecolor rgb '#000000', points every :::2::2 using 1:4:2:3:5:6 with xyerrorbars pointtype -1 linewidth 1.2 linecolor rgb '#0072B2', points every :::2::2 using 1:4 with points pointtype 7 pointsize 0.9 linecolor rgb '#0072B2', points every :::3::3 using 1:4:2:3:5:6 with xyerrorbars pointtype -1 linewidth 1.2 linecolor rgb '#D55E00', points every :::3::3 using 1:4 with points pointtype 6 pointsize 0.9 linecolor rgb '#D55E00'
unset output
}
